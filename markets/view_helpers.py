"""What the merchant's pages share: who stands at them, and what their forms name."""

from django.core import signing
from uuid6 import uuid7

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


def parse_version(text: str | None) -> int:
    """Return the version that a form names; 0, which no market has, for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004


def sign_new_id(actor: Actor, purpose: str) -> str:
    """Draw the id of a market that is yet to be begun: sent twice, it makes one market."""
    return signing.dumps(str(uuid7()), salt=f"{purpose}:{actor.id}")


def verify_new_id(actor: Actor, purpose: str, drawn: str) -> str | None:
    """Return the id that was drawn for this person and purpose; None for anything else."""
    try:
        market_id: str = signing.loads(drawn, salt=f"{purpose}:{actor.id}")
    except signing.BadSignature:
        return None
    return market_id
