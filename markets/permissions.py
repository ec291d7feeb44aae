"""Who may do what with an application. Every operation checks this itself."""

from core.actors import Actor
from core.errors import NotAllowed
from identity.permissions import is_merchant, is_operator
from markets.lifecycle import Action, allows
from markets.models import Market


def owns(actor: Actor, market: Market) -> bool:
    return is_merchant(actor) and market.user_id == actor.id


def require_owner(actor: Actor, market: Market) -> None:
    """Raise NotAllowed unless the actor is the merchant of the application."""
    if not owns(actor, market):
        raise NotAllowed("Only the merchant of an application can do this.")


def can_view(actor: Actor, market: Market) -> bool:
    return owns(actor, market) or is_operator(actor)


def can_edit(actor: Actor, market: Market) -> bool:
    return _can(actor, market, Action.REVISE)


def can_submit(actor: Actor, market: Market) -> bool:
    return _can(actor, market, Action.SUBMIT)


def can_withdraw(actor: Actor, market: Market) -> bool:
    return _can(actor, market, Action.WITHDRAW)


def _can(actor: Actor, market: Market, action: Action) -> bool:
    """Whether they may now. An erased application is a record and never changes again."""
    return owns(actor, market) and allows(market.status, action) and not market.erased_at
