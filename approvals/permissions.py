"""Who decides on which market; pure, and asked again by every operation and query."""

from core.actors import Actor
from identity.permissions import is_operator, is_reviewer, no_such_city_hall
from markets.lifecycle import Action, allows
from markets.models import Market


def can_decide(actor: Actor, market: Market) -> bool:
    return is_reviewer(actor, market.city) and allows(market.status, Action.APPROVE)


def can_read_applications(actor: Actor, city_slug: str) -> bool:
    """Whether the actor may read all that was handed in to the city: an operator may too."""
    return is_reviewer(actor, city_slug) or is_operator(actor)


def require_reader(actor: Actor, city_slug: str) -> None:
    """Raise NotFound unless the actor may read all applications to the city."""
    if not can_read_applications(actor, city_slug):
        raise no_such_city_hall()
