"""Verify the histories of all applications to a city.

Applications and records are read by their keys, the most that one call takes at a
time, so 1,000 applications with ten versions each cost about 110 calls. A record is
looked for under each version that an application has had. A record under any other
key (a version of 1.5) belongs to no change; the case file, which queries, shows it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Self

from approvals.permissions import require_reader
from approvals.review.case_file import find_break
from core.actors import Actor
from core.errors import NotFound
from markets.cities.queries import get_city
from markets.history import chain
from markets.history.chain import Break
from markets.history.queries import histories_of
from markets.history.records import recorded
from markets.models import Market, MarketKey
from markets.queries import get_market, load_market

BATCH_SIZE = 100  # applications, the most that one BatchGetItem takes


@dataclass(frozen=True)
class Verified:
    """An application whose history was verified, and the first break in it, if there is one."""

    key: MarketKey
    reference: str
    head: str | None  # the hash of its last record
    first_break: Break | None

    @classmethod
    def of(cls, market: Market, first_break: Break | None) -> Self:
        return cls(market.key, market.reference, market.history_hash, first_break)


def verify_history(actor: Actor, key: MarketKey) -> Verified:
    """Verify the history of one application that the actor may see; else NotFound."""
    market = get_market(actor, key)
    return Verified.of(market, find_break(market))


def verify_histories(
    actor: Actor, city_slug: str, *, after: str | None = None
) -> tuple[int, Iterator[Verified]]:
    """Return how many histories of the city there are to verify, and verify them one by one.

    The order is that of their ids, which never changes: to continue where an earlier
    run stopped, `after` is the id of the last application that it verified. For
    officers of the city and operators; NotFound for others, and for an `after` that
    is no application to this city.
    """
    require_reader(actor, city_slug)
    get_city(city_slug)
    index = Market.by_city.query(city_slug, attributes_to_get=["userId", "marketId"])
    keys = {market.market_id: market.key for market in index}
    if after is not None and after not in keys:
        raise NotFound(f"No application to this city has the id {after}.")
    left = [keys[each] for each in sorted(keys) if after is None or each > after]
    return len(left), _verify(left)


def _verify(keys: Sequence[MarketKey]) -> Iterator[Verified]:
    for batch in batched(keys, BATCH_SIZE, strict=False):
        markets = {each.key: each for each in Market.batch_get(list(batch), consistent_read=True)}
        records = histories_of(list(markets.values()))
        for key in batch:
            market = markets.get(key)
            intact = market and not chain.first_break(
                market, records[market.market_id], recorded(market)
            )
            # What changed between two reads may look broken: it is read once more, alone.
            yield Verified.of(market, None) if market and intact else _verify_again(key)


def _verify_again(key: MarketKey) -> Verified:
    # A transfer gives the application another owner, and so another key.
    now = next(iter(Market.by_id.query(key.market_id)), None)
    market = load_market(now.key if now else key)
    return Verified.of(market, find_break(market))
