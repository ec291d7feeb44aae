"""Deleting photos that no application uses.

Removed photos, deleted drafts and failed saves leave them in the bucket.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from django.core.files.storage import default_storage

from core import clock
from core.actors import Actor
from core.errors import NotFound
from identity.permissions import require_operator
from markets.history.models import HistoryRecord
from markets.images.storage import discard_photos
from markets.models import Market
from markets.queries import load_market

if TYPE_CHECKING:
    from core.storage import PublicStorage

MIN_AGE = timedelta(days=1)
"""A photo is stored before its market is saved; an open page may hold it for almost as long."""

NAME = re.compile(r"markets/(?P<market>[^/]+)/(?P<picture>[^/]+?)(-\d+)?\.webp")


def delete_orphaned_photos(
    actor: Actor, *, market_id: str = "", dry_run: bool = False
) -> Iterator[str]:
    """Delete photos that are in no market and in no history; yield their names.

    With `market_id`, only photos of this market. Only operators may do this. Reads the
    list of photos once, and for each market with photos older than MIN_AGE its history
    and the market itself. The bucket keeps deleted photos for another 30 days.
    """
    require_operator(actor, "Only operators delete orphaned photos.")
    before = clock.now() - MIN_AGE
    stored = cast("PublicStorage", default_storage).iter_objects(
        f"markets/{market_id}/" if market_id else "markets/"
    )
    old = ((NAME.fullmatch(name), saved < before) for name, saved in stored)
    photos = (name for name, is_old in old if name and is_old)
    for owner, names in groupby(photos, key=lambda name: name["market"]):
        used = _used_pictures(owner)
        for name in names:
            if name["picture"] not in used:
                if not dry_run:
                    discard_photos([name[0]])
                yield name[0]


def discard_unused_photos(user_id: str, market_id: str) -> None:
    """Delete the photos of a merchant's market that neither it nor its history names.

    For photos of any age, so a page of this merchant that is open may lose one. A market
    that belongs to another merchant now, or to none, is left alone or has no photos in
    use. The caller has checked permission.
    """
    owners = {found.user_id for found in Market.by_id.query(market_id)}
    if owners <= {user_id}:
        used = _used_pictures(market_id)
        stored = cast("PublicStorage", default_storage).iter_objects(f"markets/{market_id}/")
        names = [(name, NAME.fullmatch(name)) for name, _ in stored]
        discard_photos(name for name, match in names if match and match["picture"] not in used)


def _used_pictures(market_id: str) -> set[str]:
    """Return the pictures in a market and in its history."""
    keys = [photo["key"] for photo in _recorded_photos(market_id)]
    for found in Market.by_id.query(market_id):
        try:
            keys += [photo.key for photo in load_market(found.key).photos]
        except NotFound:
            continue  # deleted at this moment
    return {match["picture"] for key in keys if (match := NAME.fullmatch(key))}


def _recorded_photos(market_id: str) -> Iterator[dict[str, Any]]:
    for record in HistoryRecord.query(market_id, consistent_read=True):
        for side in (record.before, record.after):
            yield from side.get("photos") or ()
