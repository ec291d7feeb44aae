"""Reading a merchant's applications. Queries that take an actor check permission."""

from core.actors import Actor
from core.dynamodb import Page, start_key
from core.errors import NotFound
from markets.models import Market, MarketKey, Status
from markets.permissions import can_view, require_owner

PAGE_SIZE = 25
OPEN = (Status.DRAFT, Status.SUBMITTED, Status.CHANGES_REQUESTED)
"""In these states the merchant or the city still has to do something."""


def find_market(key: MarketKey) -> Market | None:
    """Return the latest version, or None, without checking permission: operations do that."""
    try:
        return Market.get(*key, consistent_read=True)
    except Market.DoesNotExist:
        return None


def load_market(key: MarketKey) -> Market:
    """Return the latest version without checking permission; NotFound if there is none."""
    if (market := find_market(key)) is None:
        raise NotFound("There is no such application.")
    return market


def get_market(actor: Actor, key: MarketKey) -> Market:
    """Return the latest version of a market; NotFound unless the actor may see it."""
    market = load_market(key)
    if not can_view(actor, market):
        raise NotFound("There is no such application.")
    return market


def get_own_market(actor: Actor, key: MarketKey) -> Market:
    """Return the latest version of the merchant's own market.

    Raises NotFound for a market that the actor may not see, and NotAllowed for
    operators, who may see every market but act for no merchant.
    """
    market = get_market(actor, key)
    require_owner(actor, market)
    return market


def count_open(actor: Actor) -> int:
    """Return how many of the merchant's own applications are in an open state."""
    return Market.count(actor.id, filter_condition=Market.status.is_in(*OPEN), consistent_read=True)


def page_of_markets(actor: Actor, *, cursor: str | None = None) -> Page[Market]:
    """Return the merchant's own markets, the newest first."""
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
