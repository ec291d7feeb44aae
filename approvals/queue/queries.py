"""What an officer sees of the queue: a page, a market's place in it, how many there are.

Everything is read from the index `city`, which lags behind by moments. What a
key condition says (status, time of submission) costs nothing for what it leaves
out; the rest of a filter is applied by DynamoDB after reading, so that a page
costs what was read to fill it: one call for each thousand markets read.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from approvals.queue.filters import QueueFilter
from core import clock
from core.actors import Actor
from core.dynamodb import Page, sign_key, start_key
from identity.permissions import require_reviewer
from markets.cities.models import City
from markets.models import Market, MarketKey, Status

PAGE_SIZE = 25
READ_AT_ONCE = 1_000  # markets; their rows are well below the 1 MB that a call reads at most
COUNTED_TO = READ_AT_ONCE


def page_of_queue(
    actor: Actor,
    city_slug: str,
    queue: QueueFilter,
    *,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Market]:
    """Return the markets of a view, the oldest submission first, `size` of them if there are.

    They hold what the index projects. One call, of `size` + 1 rows, unless the
    view narrows its status: then see above.
    """
    require_reviewer(actor, city_slug)
    name = queue.names(actor, city_slug)
    narrows = queue.condition(actor)
    found = list(
        Market.by_city.query(
            city_slug,
            queue.keys(),
            narrows,
            # One more tells whether there is a next page.
            limit=size + 1,
            page_size=size + 1 if narrows is None else READ_AT_ONCE,
            last_evaluated_key=start_key(cursor, query=name),
        )
    )
    shown = tuple(found[:size])
    last = _index_key(shown[-1]) if len(found) > size else None
    return Page(shown, sign_key(last, query=name) if last else None)


def _index_key(market: Market) -> dict[str, Any]:
    names = {
        "city": market.city,
        "queueKey": market.queue_key,
        "userId": market.user_id,
        "marketId": market.market_id,
    }
    return {name: {"S": value} for name, value in names.items()}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a market stands in a view of the queue: "12 of 45".

    `number` is None if it is not in the view, as when it has just been decided,
    or beyond what is counted; `more` says that there are more than `total`.
    """

    number: int | None = None
    total: int
    more: bool
    previous: MarketKey | None
    next: MarketKey | None


def queue_position(actor: Actor, queue: QueueFilter, market: Market) -> Place:
    """Find a market's place and neighbours in one call, of keys only.

    Reads up to a thousand rows of the view. A market further down has
    neighbours all the same, found by two small calls.
    """
    require_reviewer(actor, market.city)
    pages = Market.by_city.query(
        market.city,
        queue.keys(),
        queue.condition(actor),
        attributes_to_get=["queueKey", "userId", "marketId"],
        page_size=COUNTED_TO,
    ).page_iter
    # As DynamoDB answers: a model for each would take longer than the call.
    rows = [
        (row["queueKey"]["S"], MarketKey(row["userId"]["S"], row["marketId"]["S"]))
        for row in next(pages)["Items"]
    ]
    more = pages.last_evaluated_key is not None
    own = _key_in(queue, market)
    before, after = (
        find(rows, own, key=lambda row: row[0]) for find in (bisect_left, bisect_right)
    )
    number = after if after > before else None
    if more and after == len(rows):
        return Place(
            number=number,
            total=len(rows),
            more=True,
            previous=_neighbour(actor, queue, market, forward=False),
            next=_neighbour(actor, queue, market, forward=True),
        )
    return Place(
        number=number,
        total=len(rows),
        more=more,
        previous=rows[before - 1][1] if before else None,
        next=rows[after][1] if after < len(rows) else None,
    )


def next_in_queue(actor: Actor, queue: QueueFilter, market: Market) -> MarketKey | None:
    """Return what comes after a market in the view, also once it has left the view."""
    require_reviewer(actor, market.city)
    return _neighbour(actor, queue, market, forward=True)


def _neighbour(
    actor: Actor, queue: QueueFilter, market: Market, *, forward: bool
) -> MarketKey | None:
    own = _key_in(queue, market)
    narrows = queue.condition(actor)
    found = Market.by_city.query(
        market.city,
        queue.keys(first=own) if forward else queue.keys(last=own),
        narrows,
        scan_index_forward=forward,
        attributes_to_get=["userId", "marketId"],
        limit=2,  # it may still be there itself
        page_size=2 if narrows is None else READ_AT_ONCE,
    )
    return next((each.key for each in found if each.market_id != market.market_id), None)


def _key_in(queue: QueueFilter, market: Market) -> str:
    """Return where a market stands, or stood before it was decided, in the view's order."""
    return market.queue_key_in(queue.status or Status(market.status)) or ""


@dataclass(frozen=True)
class Waiting:
    """How long a market has waited, against the city's target."""

    days: int
    due: date  # the day, in the city, by whose end it is decided if the target is kept
    overdue: bool

    @classmethod
    def of(cls, market: Market, city: City) -> Self | None:
        """Return None for a market that waits for nothing from the city."""
        if market.status != Status.SUBMITTED or not market.submitted_at:
            return None
        zone = ZoneInfo(city.time_zone)
        due = (
            market.submitted_at.astimezone(zone) + timedelta(days=int(city.decision_days))
        ).date()
        return cls(market.waiting_days, due, overdue=clock.now().astimezone(zone).date() > due)


def other_markets(actor: Actor, market: Market) -> list[Market]:
    """Return what else the merchant handed in to the same city, the newest application last."""
    require_reviewer(actor, market.city)
    theirs = Market.query(
        market.user_id,
        filter_condition=(Market.city == market.city) & (Market.status != Status.DRAFT.value),
        attributes_to_get=["userId", "marketId", "reference", "marketName", "category", "status"],
    )
    return [each for each in theirs if each.market_id != market.market_id]
