"""How many applications each city has in each status."""

from approvals.queries import QUEUES
from approvals.queue.filters import QueueFilter
from core.actors import Actor
from core.caches import cached_for
from identity.permissions import require_reviewer
from markets.models import Market, Status


def counts_of_queue(actor: Actor, city_slug: str) -> dict[Status, int]:
    """Return how many applications are in each status, at most a minute old.

    A process counts once a minute: five calls or more, without rows in the
    answers, at half a read unit for each 4 KB of the city's index.
    """
    require_reviewer(actor, city_slug)
    return _counts(city_slug)


def recount(actor: Actor, city_slug: str) -> None:
    """Let the next `counts_of_queue` count again: much has just been decided here."""
    require_reviewer(actor, city_slug)
    _counts.forget(city_slug)


@cached_for()
def _counts(city_slug: str) -> dict[Status, int]:
    return {
        status: Market.by_city.count(city_slug, QueueFilter(status=status).keys())
        for status in QUEUES
    }
