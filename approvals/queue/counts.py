"""How many applications of a city are in each status."""

from approvals.queries import QUEUES
from approvals.queue.filters import QueueFilter
from core.actors import Actor
from core.caches import cached_for
from identity.permissions import require_reviewer
from markets.models import Market, Status


def counts_of_queue(actor: Actor, city_slug: str) -> dict[Status, int]:
    """Return how many applications are in each status, at most a minute old.

    Each process counts once a minute: at least one call for each status, half a
    read unit for each 4 KB of the city's index.
    """
    require_reviewer(actor, city_slug)
    return _counts(city_slug)


def recount(actor: Actor, city_slug: str) -> None:
    """Make the next `counts_of_queue` in this process count again, after a bulk action."""
    require_reviewer(actor, city_slug)
    _counts.forget(city_slug)


@cached_for()
def _counts(city_slug: str) -> dict[Status, int]:
    return {
        status: Market.by_city.count(city_slug, QueueFilter(status=status).key_condition())
        for status in QUEUES
    }
