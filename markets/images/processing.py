"""Pictures: what the bytes really are, and the same picture encoded anew.

No position, no hidden file and no broken byte survives being decoded to pixels.
Pillow is imported inside the functions, for pages that take no photo.
"""

from __future__ import annotations

import io
import struct
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from threading import current_thread
from typing import TYPE_CHECKING, cast

from core import deadline
from core.errors import DomainError, Unavailable
from markets.images.file_types import Format, PhotoRefused, at_least, detect_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

MEGA = 1_000_000
MAX_PIXELS = 40 * MEGA
MAX_PIXELS_IF_COSTLY = 16 * MEGA
COSTLY = {"WebP", "AVIF", "CMYK"}  # their decoders keep several copies of all pixels
MIN_SIDE = 200  # pixels; less is a thumbnail
MAX_SIDE = 1920  # pixels of what is published
WIDTHS = (480, 960)  # pixels of the smaller versions, for phones and previews
MAX_JPEG_SCANS = 100  # a progressive photo has about ten; each costs a pass over all pixels
QUALITY = 82
MOMENT = 0.01  # seconds; less is no time
BAND = 256  # rows (about) of a large picture that are worked on at once

_photo_thread = ThreadPoolExecutor(1, "photos")  # has no thread before its first work


@dataclass(frozen=True)
class Rendition:
    """The picture in one of its widths: WebP without any metadata."""

    webp: bytes
    width: int  # pixels
    height: int


def one_at_a_time[T](work: Callable[[], T]) -> T:
    """Do what holds a file or its picture in memory in the process's one thread for that.

    Two at once would take the memory of two; and what one thread has let go of,
    another does not take up again. Raises Unavailable when the request has no time left.
    """
    if current_thread().name.startswith("photos"):
        return work()
    # The thread works under the deadline of the request, which also ends the waiting
    # for it. Work that has begun then ends by itself, at its next call.
    begun = _photo_thread.submit(copy_context().run, work)
    while not wait([begun], deadline.remaining()).done:
        if deadline.has_time_for(MOMENT):
            continue  # the time stands still while the thread works on the picture
        begun.cancel()
        raise Unavailable("Photos take too long at the moment. Please try again.")
    return begun.result()


def publishable(sent: bytes) -> tuple[Rendition, ...]:
    """Return the picture encoded anew in up to three widths, the largest last.

    Raises PhotoRefused, whatever the bytes are. Takes about 300 MB at most.
    """
    return one_at_a_time(lambda: _publishable(sent))


def _publishable(sent: bytes) -> tuple[Rendition, ...]:
    kind = detect_format(sent)
    try:
        image = _opened(sent, kind)
        _check_dimensions(image.size, "CMYK" if image.mode == "CMYK" else kind)
        _check_still(image)
        return tuple(_renditions(_decoded(image)))
    except DomainError:
        raise
    except Exception as fault:
        if "MAX_TEXT" in str(fault):  # Pillow's name for the limit that was passed
            raise PhotoRefused(
                "This PNG file hides far more data in its notes than a photo has, "
                "so it is not opened. Please export the photo anew."
            ) from fault
        # Decoders fail in any way that broken bytes can make them fail.
        raise PhotoRefused(
            f"This {kind} file is damaged or incomplete, so it cannot be read. "
            "Please send it again, or take the photo anew."
        ) from fault


def _opened(sent: bytes, kind: Format) -> ImageFile:
    """Open with the one decoder for the format: headers only, no pixel.

    Past `Image.open`, which would try others too, and which gives up on huge
    dimensions without saying how many pixels there are.
    """
    stream = io.BytesIO(sent)
    if kind == Format.JPEG:
        from PIL.JpegImagePlugin import JpegImageFile

        if sent.count(b"\xff\xda") > MAX_JPEG_SCANS:
            raise ValueError("as many scans as only an attack has")
        return JpegImageFile(stream)
    if kind == Format.PNG:
        from PIL.PngImagePlugin import PngImageFile

        return PngImageFile(stream)
    if kind == Format.WEBP:
        from PIL.WebPImagePlugin import WebPImageFile

        # Its decoder takes memory for all pixels as soon as it is made.
        _check_megapixels(_webp_size(sent), kind)
        return WebPImageFile(stream)
    from PIL import AvifImagePlugin

    if not AvifImagePlugin.SUPPORTED:  # as in the function's package, for its size
        raise PhotoRefused(
            "AVIF photos cannot be read here. Please send it as a JPEG, PNG or WebP file."
        )
    return AvifImagePlugin.AvifImageFile(stream)


def _webp_size(sent: bytes) -> tuple[int, int]:
    """Return width and height from the first chunk: plain, lossless or extended."""
    chunk, body = sent[12:16], sent[20:30]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", body[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _check_dimensions(size: tuple[int, int], kind: str) -> None:
    _check_megapixels(size, kind)
    if min(size) < MIN_SIDE:
        raise PhotoRefused(
            f"This picture has only {size[0]} by {size[1]} pixels; a photo needs at least "
            f"{MIN_SIDE} on each side. Please send the original, not a thumbnail."
        )


def _check_still(image: ImageFile) -> None:
    if getattr(image, "n_frames", 1) > 1:
        raise PhotoRefused("This picture is animated. Please send a still photo.")


def _check_megapixels(size: tuple[int, int], kind: str) -> None:
    costly = kind in COSTLY
    limit = MAX_PIXELS_IF_COSTLY if costly else MAX_PIXELS
    if (pixels := size[0] * size[1]) > limit:
        raise PhotoRefused(
            f"This picture has {at_least(pixels / MEGA)} megapixels; "
            f"{f'a {kind} photo' if costly else 'a photo'} may have at most {limit // MEGA}. "
            "Please send a smaller version of it."
        )


def _decoded(image: ImageFile) -> Image:
    """Decode all of it: upright, in sRGB, opaque, at most MAX_SIDE on its long side."""
    from PIL.Image import Resampling, Transpose

    scale = min(1.0, MAX_SIDE / max(image.size))
    size = round(image.width * scale), round(image.height * scale)
    # A JPEG can be decoded at a fraction of its size; twice the target keeps it sharp.
    image.draft(None, (2 * size[0], 2 * size[1]))
    image.load()
    picture = _in_srgb(_reduced(image, max(image.size) // (2 * MAX_SIDE)), image)
    if picture.size != size:
        picture = picture.resize(size, Resampling.LANCZOS)
    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(_orientation(image))
    return picture if turn is None else picture.transpose(turn)


def _orientation(image: ImageFile) -> int:
    # A camera's malformed metadata must not cost the photo.
    with suppress(Exception):
        return int(image.getexif().get(0x0112, 1))
    return 1


def _reduced(image: Image, factor: int) -> Image:
    """Return the picture opaque and, when far too large, divided by a whole factor.

    Band by band: each conversion of a whole large picture would take its memory again.
    """
    from PIL.Image import new

    factor = max(1, factor)
    rows = factor * max(1, BAND // factor)
    mode = _opaque(image.crop((0, 0, 1, 1))).mode
    canvas = new(mode, (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, image.height, rows):
        band = _opaque(image.crop((0, top, image.width, min(top + rows, image.height))))
        canvas.paste(band.reduce(factor), (0, top // factor))
    return canvas


def _opaque(image: Image) -> Image:
    """Return an L, RGB or CMYK picture; what was transparent becomes white."""
    from PIL.Image import new

    if image.mode.startswith("I"):  # 16 bits of grey
        return image.convert("I").point(lambda grey: grey * (1 / 257)).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in {"L", "CMYK"} else image.convert("RGB")


def _in_srgb(picture: Image, source: Image) -> Image:
    """Apply the colour profile that the source carries; one that does not fit is ignored."""
    profile = source.info.get("icc_profile")
    if profile:
        from PIL import ImageCms

        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
            return cast("Image", converted)  # it is None only when working in place
    return picture.convert("RGB")


def _renditions(picture: Image) -> Iterator[Rendition]:
    from PIL.Image import Resampling

    for width in WIDTHS:
        if width < picture.width:
            size = width, max(1, round(picture.height * width / picture.width))
            yield _encoded(picture.resize(size, Resampling.LANCZOS))
    yield _encoded(picture)


def _encoded(picture: Image) -> Rendition:
    webp = io.BytesIO()
    picture.save(webp, "WEBP", quality=QUALITY, method=4, icc_profile="", exif=b"", xmp=b"")
    return Rendition(webp.getvalue(), *picture.size)
