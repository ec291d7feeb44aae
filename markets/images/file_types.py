"""What a file is by its first bytes, and what to say of one that is no photo."""

from __future__ import annotations

import math
import struct
from enum import StrEnum

from core.errors import DomainError

HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
SENTENCES = {
    "GIF": "This is a GIF, a format for animations. Please send a JPEG, PNG or WebP file.",
    "HEIC": (
        "This is a HEIC photo, which most browsers cannot show. On an iPhone choose "
        "Settings → Camera → Formats → Most Compatible, or send it as JPEG."
    ),
    "PDF": "This is a PDF document, not a photo. Please send the photo itself.",
    "SVG": (
        "This is an SVG drawing, which can carry programs. "
        "Please send a photo, or the drawing as PNG."
    ),
    "film": "This is a film, not a photo. Please send a photo.",
    "program": "This is a program, not a photo, whatever its name says.",
    "other": "This file is not a photo. Please send a JPEG, PNG, WebP or AVIF file.",
}
SIGNATURES = (  # first bytes in lower case, and what such a file is
    ((b"gif87a", b"gif89a"), "GIF"),
    ((b"%pdf-",), "PDF"),
    ((b"mz", b"\x7felf"), "program"),
)
DECLARED = (  # how a declared type begins, and what such a file claims to be
    ("image/gif", "GIF"),
    ("image/hei", "HEIC"),
    ("image/svg", "SVG"),
    ("application/pdf", "PDF"),
    ("video/", "film"),
)


class Format(StrEnum):
    """The formats that are accepted, by Pillow's names."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    AVIF = "AVIF"


CONTENT_TYPES = tuple(f"image/{kind.lower()}" for kind in Format)


class PhotoRefused(DomainError):
    """The file is not a photo that can be published; `str()` says why and what helps."""

    status = 422
    title = "This photo cannot be used"


def check_announced(content_type: str, size: int, *, limit: int) -> None:
    """Refuse what is no photo by its sender's own account, or has more than `limit` bytes.

    Spares people the upload; what they do send proves itself by its bytes.
    """
    if content_type not in CONTENT_TYPES:
        kinds = (kind for start, kind in DECLARED if content_type.startswith(start))
        raise PhotoRefused(SENTENCES[next(kinds, "other")])
    check_size(size, limit=limit)


def check_size(size: int, *, limit: int) -> None:
    """Refuse a file of no bytes or of more than `limit`."""
    if size > limit:
        raise PhotoRefused(
            f"This file has {at_least(size / 2**20)} MB; a photo may have at most "
            f"{limit // 2**20} MB. Please send a smaller version of it."
        )
    if not size:
        raise PhotoRefused("This file is empty. Please choose the photo again.")


def at_least(value: float) -> str:
    """Return a figure rounded up to one place: what is above a limit must look so."""
    return f"{math.ceil(value * 10) / 10:,.1f}".removesuffix(".0")


def detect_format(sent: bytes) -> Format:
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
    raise PhotoRefused(SENTENCES[_what_else(sent[:4096].lower(), brands)])


def _what_else(start: bytes, brands: set[bytes]) -> str:
    if brands:
        return "HEIC" if brands & HEIC else "film"
    for signatures, kind in SIGNATURES:
        if start.startswith(signatures):
            return kind
    return "SVG" if b"<svg" in start or b"<!doctype svg" in start else "other"


def _brands(sent: bytes) -> set[bytes]:
    """Return the brands that an ISO media file (AVIF, HEIC, films) declares."""
    if sent[4:8] != b"ftyp":
        return set()
    end = min(struct.unpack(">I", sent[:4])[0], 256)
    return {sent[8:12], *(sent[at : at + 4] for at in range(16, end, 4))}
