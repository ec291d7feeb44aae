"""Photos: accept, store, discard.

Nothing that somebody sent is ever published: `markets.pictures` decodes it to
pixels and encodes it anew.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from markets.models import Photo
from markets.pictures import PhotoRefused, at_least, publishable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.files import File

__all__ = [
    "MAX_UPLOAD_BYTES",
    "PhotoRefused",
    "discard_photos",
    "store_photo",
]

MAX_UPLOAD_BYTES = 4 * 1024 * 1024  # a function is handed 6 MB at most, Base64 included


def store_photo(upload: File[bytes], *, market_id: str) -> Photo:
    """Verify, re-encode and publish a photo of a market.

    The same picture gets the same key, so that a second click stores nothing
    new. Raises PhotoRefused, or Unavailable when the bucket does not answer.
    """
    webp, (width, height) = publishable(_received(upload))
    sha256 = hashlib.sha256(webp).hexdigest()
    key = f"markets/{market_id}/{sha256[:32]}.webp"
    default_storage.save(key, ContentFile(webp))
    return Photo(key=key, width=width, height=height, sha256=sha256)


def discard_photos(keys: Iterable[str]) -> None:
    """Unpublish photos; those that are gone already are no error.

    Raises Unavailable when the bucket does not answer.
    """
    for key in keys:
        default_storage.delete(key)


def _received(upload: File[bytes]) -> bytes:
    size, sent = upload.size, b""
    if size <= MAX_UPLOAD_BYTES:
        upload.seek(0)
        sent = upload.read(MAX_UPLOAD_BYTES + 1)
        size = max(size, len(sent))  # the stated size is only a statement
    if size > MAX_UPLOAD_BYTES:
        raise PhotoRefused(
            f"This file has {at_least(size / 2**20)} MB; a photo may have at most "
            f"{MAX_UPLOAD_BYTES // 2**20} MB. Please send a smaller version of it."
        )
    if not sent:
        raise PhotoRefused("This file is empty. Please choose the photo again.")
    return sent
