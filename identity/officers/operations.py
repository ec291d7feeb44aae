"""Who works at a city hall's desk, as far as Garage has seen them: whom to pass a market to.

Who may decide is for Cognito's groups to say, and the site may not list those.
So it notes who comes in by the officers' door, and forgets who stays away.
"""

from datetime import UTC, datetime, timedelta
from time import monotonic

from core.actors import Actor
from identity.models import User
from identity.officers.models import Officer
from identity.permissions import require_reviewer

KEPT_FOR = timedelta(days=60)  # after somebody last signed in
BELIEVED_FOR = 60.0  # seconds that a process believes its copy


_known: dict[str, tuple[float, list[Officer]]] = {}


def record_officer(user: User) -> None:
    """Note in each of their cities' lists that somebody has signed in."""
    for city in user.actor.cities:
        Officer(
            city,
            user.sub,
            name=user.name,
            email=user.email,
            expires_at=datetime.now(UTC) + KEPT_FOR,
        ).save()
        _known.pop(city, None)


def officers_of(actor: Actor, city_slug: str) -> list[Officer]:
    """Return who else works at the city's desk, by name; at most a minute old."""
    require_reviewer(actor, city_slug)
    stale_at, known = _known.get(city_slug, (0.0, []))
    if monotonic() >= stale_at:
        known = sorted(Officer.query(city_slug), key=lambda each: each.label.casefold())
        _known[city_slug] = (monotonic() + BELIEVED_FOR, known)
    now = datetime.now(UTC)
    return [each for each in known if each.sub != actor.id and each.expires_at > now]
