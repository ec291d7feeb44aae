"""What merchants read; each query asks for permission itself."""

from core.actors import Actor
from core.dynamodb import Page, start_key
from core.errors import NotFound
from markets.models import Market, MarketKey, Status
from markets.permissions import can_view

PAGE_SIZE = 25
OPEN = (Status.DRAFT, Status.SUBMITTED, Status.CHANGES_REQUESTED)
"""An application is under way in these: somebody still has to do something."""


def load_market(key: MarketKey) -> Market:
    """Return the latest version, whoever asks; for operations, which then check."""
    try:
        return Market.get(*key, consistent_read=True)
    except Market.DoesNotExist:
        raise NotFound("There is no such application.") from None


def get_market(actor: Actor, key: MarketKey) -> Market:
    """Return a market that the actor may see; to all others it does not exist."""
    market = load_market(key)
    if not can_view(actor, market):
        raise NotFound("There is no such application.")
    return market


def exists(key: MarketKey) -> bool:
    """Whether there is a market under a key; for operations, which know whose it is."""
    try:
        load_market(key)
    except NotFound:
        return False
    return True


def count_open(actor: Actor) -> int:
    """Return how many of the merchant's own applications are under way."""
    return Market.count(actor.id, filter_condition=Market.status.is_in(*OPEN), consistent_read=True)


def page_of_markets(actor: Actor, *, cursor: str | None = None) -> Page[Market]:
    """Return the merchant's own markets, the newest application first."""
    query = f"own:{actor.id}"
    return Page.of(
        Market.query(
            actor.id,
            limit=PAGE_SIZE,
            scan_index_forward=False,
            consistent_read=True,
            last_evaluated_key=start_key(cursor, query=query),
        ),
        query=query,
    )
