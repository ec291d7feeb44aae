"""All applications to a city: statistics about them, and the applications themselves.

Both read the city's whole index once: half a read unit for each 4 KB, so about
500 units and four calls for 10,000 applications. An export then fetches whole
applications, BATCH_SIZE at a time. Drafts are not in the index.
"""

from collections.abc import Iterator
from itertools import batched
from zoneinfo import ZoneInfo

from approvals.permissions import require_reader
from approvals.statistics.stats import Application, Statistics, count
from core import clock
from core.actors import Actor
from core.caches import cached_for
from markets.cities.models import City
from markets.cities.queries import get_city
from markets.models import Category, Market, Status

BATCH_SIZE = 100  # the most that one BatchGetItem takes


def iter_applications(actor: Actor, city_slug: str) -> Iterator[Market]:
    """Return a city's applications, whole, by status and the oldest first.

    For officers of the city and operators; else NotFound, raised by the call and not
    by the iteration. Memory holds one batch and the keys of one answer. An
    application that changes meanwhile is as it was when its batch was read.
    """
    require_reader(actor, city_slug)
    get_city(city_slug)
    return _iter_applications(city_slug)


def _iter_applications(city_slug: str) -> Iterator[Market]:
    index = Market.by_city.query(city_slug, attributes_to_get=["userId", "marketId"])
    for keys in batched((market.key for market in index), BATCH_SIZE, strict=False):
        found = {market.key: market for market in Market.batch_get(list(keys))}
        yield from (found[key] for key in dict.fromkeys(keys) if key in found)


def count_applications(actor: Actor, city_slug: str) -> int:
    """Return how many applications `iter_applications` has."""
    require_reader(actor, city_slug)
    return Market.by_city.count(city_slug)


def statistics_of(actor: Actor, city_slug: str) -> Statistics:
    """Return a city's statistics, at most a minute old; for its officers and operators."""
    require_reader(actor, city_slug)
    return count_city(get_city(city_slug).slug)


@cached_for()
def count_city(city_slug: str) -> Statistics:
    """Return a city's statistics without a check of permission."""
    city = get_city(city_slug)
    return count(
        _applications(city),
        zone=ZoneInfo(city.time_zone),
        target=int(city.decision_days),
        at=clock.now(),
    )


def _applications(city: City) -> Iterator[Application]:
    pages = Market.by_city.query(
        city.slug, attributes_to_get=["status", "category", "submittedAt", "decidedAt"]
    ).page_iter
    for page in pages:
        # Raw items: to make a model of each would take longer than the call.
        for row in page["Items"]:
            category, decided_at = row.get("category"), row.get("decidedAt")
            yield Application(
                status=Status(row["status"]["S"]),
                category=Category(category["S"]) if category else None,
                submitted_at=Market.submitted_at.deserialize(row["submittedAt"]["S"]),
                decided_at=Market.decided_at.deserialize(decided_at["S"]) if decided_at else None,
            )
