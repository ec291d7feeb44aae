"""What an officer reads of the queue: a page of it, and an application's position in it.

All of it comes from the index `city`, which lags behind by moments. A key
condition (status, time of submission) costs nothing for what it leaves out.
DynamoDB applies the rest of a filter after reading, so a page costs as much as
was read to fill it: one call for each thousand applications.
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
ROWS_PER_CALL = 1_000  # well below the 1 MB that a call reads at most
MAX_COUNTED = ROWS_PER_CALL


def page_of_queue(
    actor: Actor,
    city_slug: str,
    queue: QueueFilter,
    *,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Market]:
    """Return up to `size` applications of a view, the oldest submission first.

    They have the attributes that the index projects. Costs one call of `size` + 1
    rows, unless the filter has a condition beside the key (see above).
    """
    require_reviewer(actor, city_slug)
    name = queue.cursor_name(actor, city_slug)
    condition = queue.condition(actor)
    found = list(
        Market.by_city.query(
            city_slug,
            queue.key_condition(),
            condition,
            # One more tells whether there is a next page.
            limit=size + 1,
            page_size=size + 1 if condition is None else ROWS_PER_CALL,
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
class QueuePosition:
    """The position of an application in a view of the queue: "12 of 45".

    `number` is None if the application is not in the view, for example because it
    has just been decided, or if it comes after MAX_COUNTED others. `more` is
    whether there are more than `total`.
    """

    number: int | None = None
    total: int
    more: bool
    previous: MarketKey | None
    next: MarketKey | None


def queue_position(actor: Actor, queue: QueueFilter, market: Market) -> QueuePosition:
    """Return an application's position and its neighbours, with one call that reads keys only.

    Reads up to MAX_COUNTED rows of the view. The neighbours of an application
    further down take two more small calls.
    """
    require_reviewer(actor, market.city)
    pages = Market.by_city.query(
        market.city,
        queue.key_condition(),
        queue.condition(actor),
        attributes_to_get=["queueKey", "userId", "marketId"],
        page_size=MAX_COUNTED,
    ).page_iter
    # Raw items: to make a model of each would take longer than the call.
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
        return QueuePosition(
            number=number,
            total=len(rows),
            more=True,
            previous=_neighbour(actor, queue, market, forward=False),
            next=_neighbour(actor, queue, market, forward=True),
        )
    return QueuePosition(
        number=number,
        total=len(rows),
        more=more,
        previous=rows[before - 1][1] if before else None,
        next=rows[after][1] if after < len(rows) else None,
    )


def next_in_queue(actor: Actor, queue: QueueFilter, market: Market) -> MarketKey | None:
    """Return the application after this one in the view, even if this one has left the view."""
    require_reviewer(actor, market.city)
    return _neighbour(actor, queue, market, forward=True)


def _neighbour(
    actor: Actor, queue: QueueFilter, market: Market, *, forward: bool
) -> MarketKey | None:
    own = _key_in(queue, market)
    condition = queue.condition(actor)
    found = Market.by_city.query(
        market.city,
        queue.key_condition(first=own) if forward else queue.key_condition(last=own),
        condition,
        scan_index_forward=forward,
        attributes_to_get=["userId", "marketId"],
        limit=2,  # one of them may be the application itself
        page_size=2 if condition is None else ROWS_PER_CALL,
    )
    return next((each.key for each in found if each.market_id != market.market_id), None)


def _key_in(queue: QueueFilter, market: Market) -> str:
    """Return the application's sort key in the view, or the one it had before its decision."""
    return market.queue_key_in(queue.status or Status(market.status)) or ""


@dataclass(frozen=True)
class Waiting:
    """How long an application has waited, compared with the city's target."""

    days: int
    due: date  # last day within the target, in the city's time zone
    overdue: bool

    @classmethod
    def of(cls, market: Market, city: City) -> Self | None:
        """Return None for an application that does not wait for the city."""
        if market.status != Status.SUBMITTED or not market.submitted_at:
            return None
        zone = ZoneInfo(city.time_zone)
        due = (
            market.submitted_at.astimezone(zone) + timedelta(days=int(city.decision_days))
        ).date()
        return cls(market.waiting_days, due, overdue=clock.now().astimezone(zone).date() > due)


def other_applications(actor: Actor, market: Market) -> list[Market]:
    """Return the merchant's other applications to the same city, the newest last."""
    require_reviewer(actor, market.city)
    found = Market.query(
        market.user_id,
        filter_condition=(Market.city == market.city) & (Market.status != Status.DRAFT.value),
        attributes_to_get=["userId", "marketId", "reference", "marketName", "category", "status"],
    )
    return [each for each in found if each.market_id != market.market_id]
