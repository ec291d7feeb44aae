"""Images made for the tests: valid photos, and hostile files."""

from __future__ import annotations

import io
import random
import struct
import zlib

from PIL import ExifTags, Image, ImageCms, ImageDraw

LATITUDE = (45.0, 38.0, 32.0)
"""A latitude that must not be published: that of Brașov."""

Size = tuple[int, int]


def picture(size: Size = (640, 480), mode: str = "RGB") -> Image.Image:
    """Return a picture with another colour in each corner, red at the top left."""
    width, height = size
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for colour, x, y in (("red", 0, 0), ("lime", 1, 0), ("blue", 0, 1), ("black", 1, 1)):
        left, top = x * width // 2, y * height // 2
        draw.rectangle((left, top, left + width // 2, top + height // 2), colour)
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def jpeg(size: Size = (640, 480), mode: str = "RGB", **options: object) -> bytes:
    return encoded(picture(size, mode), "JPEG", **{"quality": 90, **options})


def noisy_jpeg(size: Size, *, seed: int = 0) -> bytes:
    """Return a JPEG of noise, as large as the camera's own are: about 0.7 bytes a pixel."""
    rng = random.Random(seed)  # noqa: S311 (noise, not secrets)
    half = Image.frombytes(
        "RGB", (size[0] // 2, size[1] // 2), rng.randbytes(size[0] // 2 * (size[1] // 2) * 3)
    )
    return encoded(half.resize(size, Image.Resampling.BICUBIC), "JPEG", quality=95)


def stamped(jpeg_bytes: bytes, number: int) -> bytes:
    """Return a JPEG with a corner of another shade for each number, and about as many bytes."""
    image = Image.open(io.BytesIO(jpeg_bytes))
    image.paste((30 * number, 0, 0), (0, 0, 400, 400))
    return encoded(image, "JPEG", quality=95)


def png(size: Size = (640, 480), mode: str = "RGB", **options: object) -> bytes:
    return encoded(picture(size, mode), "PNG", **options)


def phone_jpeg(size: Size = (640, 480), *, orientation: int = 6) -> bytes:
    """Return what a phone sends: rotated by EXIF, with the location."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Garage Test Camera"
    exif[ExifTags.Base.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: LATITUDE,
    }
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>Garage Test Camera</x:xmpmeta>"
    return jpeg(size, exif=exif, xmp=packet)


def chunk(name: bytes, body: bytes) -> bytes:
    """Return one chunk of a PNG, with its length and checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_bomb(size: Size = (8000, 5001), *, pixels: bool = False) -> bytes:
    """Return a small PNG that claims many pixels, and really has them if asked."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    body = b""
    if pixels:
        compressor = zlib.compressobj(9)
        row = bytes(1 + 3 * size[0])
        body = b"".join(compressor.compress(row) for _ in range(size[1])) + compressor.flush()
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def png_with_text_bomb(*, copies: int = 1, inflated: int = 200_000_000) -> bytes:
    """Return a valid PNG with compressed notes that inflate to `inflated` bytes each."""
    compressor = zlib.compressobj(9)
    million = bytes(1_000_000)
    packed = b"".join(compressor.compress(million) for _ in range(inflated // 1_000_000))
    note = chunk(b"zTXt", b"Comment\0\0" + packed + compressor.flush())
    valid = png()
    return valid[:33] + note * copies + valid[33:]  # after the signature and the header


def png_with_wrong_length() -> bytes:
    """Return a PNG whose pixel data claim to be longer than the file."""
    valid = png()
    at = valid.index(b"IDAT") - 4
    return valid[:at] + struct.pack(">I", 0x7FFFFFFF) + valid[at + 4 :]


def jpeg_with_wrong_length() -> bytes:
    """Return a JPEG whose table of quantities claims to be longer than the file."""
    valid = jpeg()
    at = valid.index(b"\xff\xdb") + 2
    return valid[:at] + b"\xff\xff" + valid[at + 2 :]


def webp_bomb(size: Size = (16384, 16384)) -> bytes:
    """Return the header of a lossless WebP that claims many pixels."""
    bits = (size[0] - 1) | (size[1] - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + bytes(11)
    vp8l = b"VP8L" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(vp8l)) + b"WEBP" + vp8l


def jpeg_of_many_scans(scans: int = 20_000) -> bytes:
    """Return a progressive JPEG that repeats its last scan: hours of work in a small file."""
    valid = jpeg((1600, 1200), progressive=True)
    last = valid[valid.rindex(b"\xff\xda") : -2]
    return valid[:-2] + last[:64] * scans + valid[-2:]


def windows_program() -> bytes:
    return b"MZ\x90\x00" + bytes(56) + b"\x80\0\0\0" + b"This program cannot be run in DOS mode."


def svg() -> bytes:
    return (
        b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="640" '
        b'height="480"><script>alert(1)</script></svg>'
    )


def heic() -> bytes:
    """Return the beginning of an iPhone's HEIC photo."""
    brands = b"heic\0\0\0\0mif1heic"
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + bytes(2000)


def film() -> bytes:
    brands = b"isom\0\0\x02\0isommp42"
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + bytes(2000)


def gif_with_script() -> bytes:
    """Return a GIF that is a JavaScript program as well."""
    return b"GIF89a/*" + encoded(picture(), "GIF")[8:] + b"*/=1;alert(1)"


def animation(kind: str) -> bytes:
    second = Image.new("RGB", (640, 480), "navy")
    return encoded(picture(), kind, save_all=True, append_images=[second], duration=100)


def wide_gamut_profile() -> bytes:
    """Return a colour profile in which red and green have changed places.

    It stands for Display P3, the phones' profile, and shows far more plainly
    whether anybody applied it.
    """
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    rows = {profile[at : at + 4].decode(): at for at in range(132, 132 + 12 * count, 12)}
    red, green = rows["rXYZ"], rows["gXYZ"]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = (
        profile[green + 4 : green + 12],
        profile[red + 4 : red + 12],
    )
    return bytes(profile)
