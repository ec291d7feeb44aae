"""How many markets each city has in each status."""

from time import monotonic

from approvals.queries import QUEUES
from approvals.queue.filters import QueueFilter
from core.actors import Actor
from identity.permissions import require_reviewer
from markets.models import Market, Status

COUNTS_BELIEVED_FOR = 60.0  # seconds


class _Counts:
    """The process's copy of how many markets each city has in each status."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[float, dict[Status, int]]] = {}

    def of(self, city_slug: str) -> dict[Status, int]:
        stale_at, counts = self.known.get(city_slug, (0.0, {}))
        if monotonic() >= stale_at:
            counts = {
                status: Market.by_city.count(city_slug, QueueFilter(status=status).keys())
                for status in QUEUES
            }
            self.known[city_slug] = (monotonic() + COUNTS_BELIEVED_FOR, counts)
        return counts

    def forget(self, city_slug: str) -> None:
        self.known.pop(city_slug, None)


_counts = _Counts()


def counts_of_queue(actor: Actor, city_slug: str) -> dict[Status, int]:
    """Return how many markets are in each status, at most a minute old.

    A process counts once a minute: five calls or more, without rows in the
    answers, at half a read unit for each 4 KB of the city's index.
    """
    require_reviewer(actor, city_slug)
    return _counts.of(city_slug)


def recount(actor: Actor, city_slug: str) -> None:
    """Let the next `counts_of_queue` count anew: much has just been decided here."""
    require_reviewer(actor, city_slug)
    _counts.forget(city_slug)
