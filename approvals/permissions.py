"""Who may read and decide the applications to a city. Operations and queries check it again."""

from core.actors import Actor
from core.errors import NotAllowed
from identity.permissions import is_operator, is_reviewer, no_such_city_hall
from markets.lifecycle import Action, allows
from markets.models import Market


def can_decide(actor: Actor, market: Market) -> bool:
    return is_reviewer(actor, market.city) and allows(market.status, Action.APPROVE)


def can_read_applications(actor: Actor, city_slug: str) -> bool:
    """Whether the actor may read all submitted applications of the city; an operator may."""
    return is_reviewer(actor, city_slug) or is_operator(actor)


def require_reader(actor: Actor, city_slug: str) -> None:
    """Raise NotFound unless the actor may read all submitted applications of the city."""
    if not can_read_applications(actor, city_slug):
        raise no_such_city_hall()


def require_officer(actor: Actor) -> None:
    """Raise NotAllowed unless the actor decides for at least one city."""
    if not actor.cities:
        raise NotAllowed("You are not signed in as an officer of a city hall.")
