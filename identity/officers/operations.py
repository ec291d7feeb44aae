"""The officers who have signed in: to them an application can be assigned.

Cognito's groups define who is an officer, but the site may not list them. So it
records each officer at sign-in; the record expires after two months.
"""

from datetime import UTC, datetime, timedelta

from core.actors import Actor
from core.caches import cached_for
from identity.models import User
from identity.officers.models import Officer
from identity.permissions import require_reviewer

RECORDED_FOR = timedelta(days=60)  # after the last sign-in


def record_officer(user: User) -> None:
    """Record an officer who has signed in, in the list of each of their cities."""
    for city in user.actor.cities:
        Officer(
            city,
            user.sub,
            name=user.name,
            email=user.email,
            expires_at=datetime.now(UTC) + RECORDED_FOR,
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
