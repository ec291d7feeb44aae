"""What the merchant's pages share."""

from core.actors import Actor
from identity.http import Request
from identity.permissions import require_merchant
from markets.models import Market, MarketKey
from markets.queries import get_market


def current_merchant(request: Request) -> Actor:
    """Return the merchant who is signed in; NotAllowed for an officer."""
    actor = request.user.actor
    require_merchant(actor, "These pages are for merchants. You are signed in as an officer.")
    return actor


def own_key(request: Request, market_id: object) -> MarketKey:
    """Return the key of a market of the merchant who is signed in; it may not exist."""
    return MarketKey(current_merchant(request).id, str(market_id))


def own_market(request: Request, market_id: object) -> Market:
    """Return the latest version of a market of the merchant who is signed in, or NotFound."""
    return get_market(request.user.actor, own_key(request, market_id))
