"""Photos: accept, store, discard.

Nothing that somebody sent is ever published: `markets.images.processing` decodes it to
pixels and encodes it anew.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core import deadline
from markets.images.file_types import PhotoRefused, check_size
from markets.images.processing import publishable
from markets.models import Photo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.files import File

__all__ = [
    "MAX_FORM_BYTES",
    "MAX_UPLOAD_BYTES",
    "PhotoRefused",
    "discard_photos",
    "publish_photo",
    "store_photo",
]

MAX_UPLOAD_BYTES = 15 * 1024 * 1024  # of a file that goes straight to the bucket
MAX_FORM_BYTES = 4 * 1024 * 1024  # a function is handed 6 MB at most, Base64 included


def store_photo(upload: File[bytes], *, market_id: str) -> Photo:
    """Verify, re-encode and publish a photo of a market that came with a form.

    Raises PhotoRefused, or Unavailable when the bucket does not answer.
    """
    return publish_photo(_received(upload), market_id=market_id)


def publish_photo(sent: bytes, *, market_id: str) -> Photo:
    """Verify what was sent, re-encode it in up to three widths, and publish those.

    The same picture gets the same key, so that a second click stores nothing
    new. Raises PhotoRefused, or Unavailable when the bucket does not answer.
    """
    with deadline.paused():  # a large picture takes seconds, and nobody is waited for
        renditions = publishable(sent)
    widest = renditions[-1]
    sha256 = hashlib.sha256(widest.webp).hexdigest()
    photo = Photo(
        key=f"markets/{market_id}/{sha256[:32]}.webp",
        width=widest.width,
        height=widest.height,
        sha256=sha256,
        widths=[rendition.width for rendition in renditions],
    )
    for rendition in renditions:
        default_storage.save(photo.key_at(rendition.width), ContentFile(rendition.webp))
    return photo


def discard_photos(keys: Iterable[str]) -> None:
    """Unpublish photos; those that are gone already are no error.

    Raises Unavailable when the bucket does not answer.
    """
    for key in keys:
        default_storage.delete(key)


def _received(upload: File[bytes]) -> bytes:
    check_size(upload.size, limit=MAX_FORM_BYTES)
    upload.seek(0)
    sent: bytes = upload.read(MAX_FORM_BYTES + 1)
    check_size(len(sent), limit=MAX_FORM_BYTES)  # the stated size is only a statement
    return sent


def copy_photos(photos: Iterable[Photo], *, market_id: str) -> tuple[Photo, ...]:
    """Copy photos for the market `market_id`; one that is no longer there is left out.

    Names carry the content's hash, so that copying again changes nothing.
    Raises Unavailable when the bucket does not answer.
    """
    return tuple(copy for photo in photos if (copy := _copied(photo, market_id)))


def _copied(photo: Photo, market_id: str) -> Photo | None:
    values: dict[str, Any] = {name: getattr(photo, name) for name in Photo.get_attributes()}
    copy = Photo(**values | {"key": f"markets/{market_id}/{photo.key.rpartition('/')[2]}"})
    for name, to in zip(photo.all_keys, copy.all_keys, strict=True):
        if not default_storage.copy(name, to):  # type: ignore[attr-defined] # our own storage
            return None
    return copy
