"""Who works at a city hall's desk, as far as Garage has seen them: whom to pass a market to.

Who may decide is for Cognito's groups to say, and the site may not list those.
So it notes who comes in by the officers' door, and forgets who stays away.
"""

from datetime import UTC, datetime, timedelta
from time import monotonic

from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from approvals.permissions import require_reviewer
from core.actors import Actor
from core.dynamodb import Table, table_name
from identity.models import User

KEPT_FOR = timedelta(days=60)  # after somebody last signed in
BELIEVED_FOR = 60.0  # seconds that a process believes its copy


class Colleague(Table):
    """An officer who has signed in; in one city's list."""

    class Meta:
        table_name = table_name("colleagues")

    city = UnicodeAttribute(hash_key=True)
    sub = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    expires_at = TTLAttribute(attr_name="expiresAt")

    @property
    def label(self) -> str:
        """Name and address: two people may share a name."""
        return f"{self.name} ({self.email})" if self.name and self.email else self.called

    @property
    def called(self) -> str:
        return self.name or self.email or "An officer without a name"


_known: dict[str, tuple[float, list[Colleague]]] = {}


def note_officer(user: User) -> None:
    """Note in each of their cities' lists that somebody has signed in."""
    for city in user.actor.cities:
        Colleague(
            city,
            user.sub,
            name=user.name,
            email=user.email,
            expires_at=datetime.now(UTC) + KEPT_FOR,
        ).save()
        _known.pop(city, None)


def colleagues(actor: Actor, city_slug: str) -> list[Colleague]:
    """Return who else works at the city's desk, by name; at most a minute old."""
    require_reviewer(actor, city_slug)
    stale_at, known = _known.get(city_slug, (0.0, []))
    if monotonic() >= stale_at:
        known = sorted(Colleague.query(city_slug), key=lambda each: each.label.casefold())
        _known[city_slug] = (monotonic() + BELIEVED_FOR, known)
    now = datetime.now(UTC)
    return [each for each in known if each.sub != actor.id and each.expires_at > now]
