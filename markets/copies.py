"""Photos for another application: copied inside the bucket, to names of its own."""

from collections.abc import Iterable
from typing import Any

from markets.models import Photo


def copy_photos(photos: Iterable[Photo], *, market_id: str) -> tuple[Photo, ...]:
    """Copy photos for the market `market_id`; one that is no longer there is left out.

    Names carry the content's hash, so that copying again changes nothing.
    Raises Unavailable when the bucket does not answer.
    """
    return tuple(copy for photo in photos if (copy := _copied(photo, market_id)))


def _copied(photo: Photo, market_id: str) -> Photo | None:
    from django.core.files.storage import default_storage

    facts: dict[str, Any] = {name: getattr(photo, name) for name in Photo.get_attributes()}
    copy = Photo(**facts | {"key": f"markets/{market_id}/{photo.key.rpartition('/')[2]}"})
    for name, to in zip(photo.all_keys, copy.all_keys, strict=True):
        if not default_storage.copy(name, to):  # type: ignore[attr-defined] # our own storage
            return None
    return copy
