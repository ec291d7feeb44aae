"""Who somebody is to Garage: the guards that operations and queries begin with."""

from core.actors import Actor, Kind
from core.errors import NotAllowed, NotFound


def is_merchant(actor: Actor) -> bool:
    return actor.kind == Kind.MERCHANT


def is_operator(actor: Actor) -> bool:
    return actor.kind == Kind.OPERATOR


def is_reviewer(actor: Actor, city_slug: str) -> bool:
    """Whether the actor decides for the city."""
    return city_slug in actor.cities


def require_merchant(actor: Actor, refusal: str) -> None:
    """Raise NotAllowed with `refusal` unless the actor is a merchant."""
    if not is_merchant(actor):
        raise NotAllowed(refusal)


def require_operator(actor: Actor, refusal: str) -> None:
    """Raise NotAllowed with `refusal` unless the actor is an operator."""
    if not is_operator(actor):
        raise NotAllowed(refusal)


def require_reviewer(actor: Actor, city_slug: str) -> None:
    """Raise NotFound unless the actor decides for the city: others do not learn of its pages."""
    if not is_reviewer(actor, city_slug):
        raise no_such_city_hall()


def no_such_city_hall() -> NotFound:
    return NotFound("There is no such city hall.")
