"""What the merchant's pages share: who stands at them, and what their forms name."""

from core.actors import Actor
from core.errors import NotAllowed
from identity.http import Request
from markets.models import Market, MarketKey
from markets.permissions import can_apply
from markets.queries import get_market


def current_merchant(request: Request) -> Actor:
    """Return the merchant at the page; NotAllowed for everybody else who signed in."""
    actor = request.user.actor
    if not can_apply(actor):
        raise NotAllowed("These pages are for merchants. You are signed in as an officer.")
    return actor


def own_market(request: Request, market_id: object) -> Market:
    """Return the latest version of a market of the merchant at the page; else NotFound."""
    actor = current_merchant(request)
    return get_market(actor, MarketKey(actor.id, str(market_id)))
