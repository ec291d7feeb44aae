"""Pictures: what the bytes really are, and the same picture encoded anew.

No position, no hidden file and no broken byte survives being decoded to pixels.
Pillow is imported inside the functions, for pages that take no photo.
"""

from __future__ import annotations

import io
import math
import struct
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from garage.errors import DomainError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

MEGA = 1_000_000
MAX_PIXELS = 40 * MEGA
MAX_PIXELS_IF_COSTLY = 16 * MEGA
COSTLY = {"WebP", "AVIF", "CMYK"}  # their decoders keep several copies of all pixels
MIN_SIDE = 200  # pixels; less is a thumbnail
MAX_SIDE = 2000  # pixels of what is published
MAX_JPEG_SCANS = 100  # a progressive photo has about ten; each costs a pass over all pixels
QUALITY = 82
BAND = 256  # rows (about) of a large picture that are worked on at once

HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
OTHER_FILES = (  # first bytes in lower case, and what to say of such a file
    (
        (b"gif87a", b"gif89a"),
        "This is a GIF, a format for animations. Please send a JPEG, PNG or WebP file.",
    ),
    ((b"%pdf-",), "This is a PDF document, not a photo. Please send the photo itself."),
    ((b"mz", b"\x7felf"), "This is a program, not a photo, whatever its name says."),
)


class Format(StrEnum):
    """The formats that are accepted, by Pillow's names."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    AVIF = "AVIF"


class PhotoRefused(DomainError):
    """The file is not a photo that can be published; `str()` says why and what helps."""

    status = 422
    title = "This photo cannot be used"


def publishable(sent: bytes) -> tuple[bytes, tuple[int, int]]:
    """Return the picture as WebP without any metadata, and its width and height.

    Raises PhotoRefused, whatever the bytes are. Takes about 300 MB at most.
    """
    kind = _recognised(sent)
    try:
        image = _opened(sent, kind)
        _check_dimensions(image.size, "CMYK" if image.mode == "CMYK" else kind)
        _check_still(image)
        picture = _decoded(image)
        return _encoded(picture), picture.size
    except DomainError:
        raise
    except Exception as fault:
        # Decoders fail in any way that broken bytes can make them fail.
        raise PhotoRefused(
            f"This {kind} file is damaged or incomplete, so it cannot be read. "
            "Please send it again, or take the photo anew."
        ) from fault


def at_least(value: float) -> str:
    """Return a figure rounded up to one place: what is above a limit must look so."""
    return f"{math.ceil(value * 10) / 10:,.1f}".removesuffix(".0")


def _recognised(sent: bytes) -> Format:
    """Return the format that the first bytes show; names and declared types prove nothing."""
    if sent.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if sent.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if sent.startswith(b"RIFF") and sent[8:12] == b"WEBP":
        return Format.WEBP
    brands = _brands(sent)
    if brands & {b"avif", b"avis"}:
        return Format.AVIF
    raise PhotoRefused(_why_no_photo(sent[:4096].lower(), brands))


def _why_no_photo(start: bytes, brands: set[bytes]) -> str:
    if brands & HEIC:
        return (
            "This is a HEIC photo, which most browsers cannot show. On an iPhone choose "
            "Settings → Camera → Formats → Most Compatible, or send it as JPEG."
        )
    if brands:
        return "This is a film, not a photo. Please send a photo."
    for signatures, why in OTHER_FILES:
        if start.startswith(signatures):
            return why
    if b"<svg" in start or b"<!doctype svg" in start:
        return (
            "This is an SVG drawing, which can carry programs. "
            "Please send a photo, or the drawing as PNG."
        )
    return "This file is not a photo. Please send a JPEG, PNG, WebP or AVIF file."


def _brands(sent: bytes) -> set[bytes]:
    """Return the brands that an ISO media file (AVIF, HEIC, films) declares."""
    if sent[4:8] != b"ftyp":
        return set()
    end = min(struct.unpack(">I", sent[:4])[0], 256)
    return {sent[8:12], *(sent[at : at + 4] for at in range(16, end, 4))}


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
    from PIL.AvifImagePlugin import AvifImageFile

    return AvifImageFile(stream)


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


def _encoded(picture: Image) -> bytes:
    webp = io.BytesIO()
    picture.save(webp, "WEBP", quality=QUALITY, method=4, icc_profile="", exif=b"", xmp=b"")
    return webp.getvalue()
