"""The officers whom Garage has seen: to whom an application can be assigned.

Who may decide is for Cognito's groups to say, and the site may not list those.
So it records each officer who signs in, and forgets who has not for two months.
"""

from datetime import UTC, datetime, timedelta

from core.actors import Actor
from core.caches import cached_for
from identity.models import User
from identity.officers.models import Officer
from identity.permissions import require_reviewer

KEPT_FOR = timedelta(days=60)  # after somebody last signed in


def record_officer(user: User) -> None:
    """Record in each of their cities' lists that somebody has signed in."""
    for city in user.actor.cities:
        Officer(
            city,
            user.sub,
            name=user.name,
            email=user.email,
            expires_at=datetime.now(UTC) + KEPT_FOR,
        ).save()
        _officers.forget(city)


def colleagues_of(actor: Actor, city_slug: str) -> list[Officer]:
    """Return the city's other officers, by name; at most a minute old."""
    require_reviewer(actor, city_slug)
    now = datetime.now(UTC)
    return [each for each in _officers(city_slug) if each.sub != actor.id and each.expires_at > now]


@cached_for()
def _officers(city_slug: str) -> list[Officer]:
    return sorted(Officer.query(city_slug), key=lambda each: each.label.casefold())
