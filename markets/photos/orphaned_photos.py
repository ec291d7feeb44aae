"""Public photos that nothing names any more.

Removed photos, deleted drafts and saves that failed leave them behind.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from django.core.files.storage import default_storage

from core import clock
from core.actors import Actor, Kind
from core.errors import NotAllowed, NotFound
from markets.history.models import HistoryRecord
from markets.images.storage import discard_photos
from markets.models import Market
from markets.queries import load_market

if TYPE_CHECKING:
    from core.storage import PhotoStorage

MIN_AGE = timedelta(days=1)
"""A photo is stored before its market is saved; a page holds it unsaved for less than this."""

# The market, the picture, and the width of a smaller version.
NAME = re.compile(r"markets/(?P<market>[^/]+)/(?P<picture>[^/]+?)(-\d+)?\.webp")


def delete_orphaned_photos(
    actor: Actor, *, market_id: str = "", dry_run: bool = False
) -> Iterator[str]:
    """Delete photos that no market names, now or in its history; yield their names.

    Of one market alone, if its id is given. Reads the list of photos once, and for
    each market with old ones its history and, by the index of ids, the market
    itself: drafts have no history. Operators only, else NotAllowed. The bucket
    keeps what is deleted for another 30 days.
    """
    if actor.kind != Kind.OPERATOR:
        raise NotAllowed("Only operators delete what nobody names.")
    before = clock.now() - MIN_AGE
    stored = cast("PhotoStorage", default_storage).iter_objects(
        f"markets/{market_id}/" if market_id else "markets/"
    )
    old = ((NAME.fullmatch(name), saved < before) for name, saved in stored)
    photos = (name for name, is_old in old if name and is_old)
    for owner, names in groupby(photos, key=lambda name: name["market"]):
        named = _pictures(owner)
        for name in names:
            if name["picture"] not in named:
                if not dry_run:
                    discard_photos([name[0]])
                yield name[0]


def _pictures(market_id: str) -> set[str]:
    """Return the pictures that a market names or once named."""
    keys = [photo["key"] for photo in _recorded(market_id)]
    for found in Market.by_id.query(market_id):
        try:
            keys += [photo.key for photo in load_market(found.key).photos]
        except NotFound:
            continue  # deleted this very moment
    return {match["picture"] for key in keys if (match := NAME.fullmatch(key))}


def _recorded(market_id: str) -> Iterator[dict[str, Any]]:
    for record in HistoryRecord.query(market_id, consistent_read=True):
        for side in (record.before, record.after):
            yield from side.get("photos") or ()
