"""Who may do what with a market of their own; pure, and asked again by every operation."""

from core.actors import Actor, Kind
from markets.lifecycle import Action, allows
from markets.models import Market


def can_apply(actor: Actor) -> bool:
    return actor.kind == Kind.MERCHANT


def owns(actor: Actor, market: Market) -> bool:
    return can_apply(actor) and market.user_id == actor.id


def can_view(actor: Actor, market: Market) -> bool:
    return owns(actor, market) or actor.kind == Kind.OPERATOR


def can_edit(actor: Actor, market: Market) -> bool:
    return _can(actor, market, Action.REVISE)


def can_submit(actor: Actor, market: Market) -> bool:
    return _can(actor, market, Action.SUBMIT)


def can_withdraw(actor: Actor, market: Market) -> bool:
    return _can(actor, market, Action.WITHDRAW)


def _can(actor: Actor, market: Market, action: Action) -> bool:
    """Whether they may now; what was erased is a record, and stays as it is."""
    return owns(actor, market) and allows(market.status, action) and not market.erased_at
