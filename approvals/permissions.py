"""Who decides for which city; pure, and asked again by every operation and query."""

from core.actors import Actor, Kind
from core.errors import NotFound
from markets.lifecycle import Action, allows
from markets.models import Market


def can_review(actor: Actor, city_slug: str) -> bool:
    return city_slug in actor.cities


def can_decide(actor: Actor, market: Market) -> bool:
    return can_review(actor, market.city) and allows(market.status, Action.APPROVE)


def can_read_season(actor: Actor, city_slug: str) -> bool:
    """Whether the actor may read all that was handed in to the city: an operator may too."""
    return can_review(actor, city_slug) or actor.kind == Kind.OPERATOR


def require_reviewer(actor: Actor, city_slug: str) -> None:
    """Raise NotFound unless the actor decides for the city: to others it has no desk."""
    if not can_review(actor, city_slug):
        raise _no_desk()


def require_reader(actor: Actor, city_slug: str) -> None:
    """Raise NotFound unless the actor may read the city's whole season."""
    if not can_read_season(actor, city_slug):
        raise _no_desk()


def _no_desk() -> NotFound:
    return NotFound("There is no such city hall's desk.")
