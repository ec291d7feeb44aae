"""Who is signed in, and the record of their session. No register of people: Cognito has it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.crypto import salted_hmac
from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.exceptions import UpdateError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from garage.actors import Actor
from garage.dynamodb import Table, table_name
from garage.identity.doors import DOORS, Door

CITY_HALL = "city-hall:"
"""What the name of a city hall's group begins with; the city's slug follows."""


class User(AbstractBaseUser):
    """A person at one of the doors, as their token describes them; never saved.

    Keyed on Cognito's `sub`: e-mail addresses change hands, and Facebook may
    give none. `cities` is where they decide; empty at the merchants' door.
    """

    sub = models.CharField(primary_key=True, max_length=128)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=2048, blank=True)
    password = None  # type: ignore[assignment]
    last_login = None

    USERNAME_FIELD = "sub"
    REQUIRED_FIELDS = ()  # type: ignore[assignment]

    class Meta:
        managed = False

    door: Door
    cities: frozenset[str] = frozenset()
    refresh_token = ""
    """Only on a person who is just signing in; the session record keeps it."""
    claims: Mapping[str, Any] = MappingProxyType({})
    """Likewise: all that the token says."""

    @classmethod
    def at(
        cls, door: Door, *, sub: str, email: str = "", name: str = "", cities: Iterable[str] = ()
    ) -> Self:
        user = cls(sub=sub, email=email, name=name)
        user.door = door
        user.cities = frozenset(cities) if door.empowers else frozenset()
        return user

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any], door: Door) -> Self:
        """Return the person whom the verified claims of an ID token describe."""
        groups = claims.get("cognito:groups", [])
        return cls.at(
            door,
            sub=claims["sub"],
            email=claims.get("email", ""),
            name=claims.get("name", ""),
            cities=[g.removeprefix(CITY_HALL) for g in groups if g.startswith(CITY_HALL)],
        )

    @property
    def actor(self) -> Actor:
        if self.door.empowers:
            return Actor.officer(self.sub, self.cities, self.name)
        return Actor.merchant(self.sub)

    def get_session_auth_hash(self) -> str:
        """Bind a session to its person. No password: the session record ends sessions."""
        return salted_hmac("garage.identity.User", self.sub, algorithm="sha256").hexdigest()


class Visitor(AnonymousUser):
    """Somebody who has not signed in."""

    email = name = ""

    @property
    def actor(self) -> Actor:
        return Actor.visitor()


class PersonIndex(GlobalSecondaryIndex["Session"]):
    """A person's sessions, oldest first."""

    class Meta:
        index_name = "person"
        projection = AllProjection()

    sub = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True, attr_name="createdAt")


class Session(Table):
    """A session, for as long as it lasts: without this record a cookie is worth little.

    What it says of its person is what Cognito last said, at `believed_from`
    (epoch seconds). `refresh_token` is sealed (garage.identity.seals). DynamoDB
    removes expired records when it gets to it, so `ends_at` must be looked at.
    """

    class Meta:
        table_name = table_name("sessions")

    id = UnicodeAttribute(hash_key=True, attr_name="sessionId")
    sub = UnicodeAttribute()
    created_at = UTCDateTimeAttribute(attr_name="createdAt")
    expires_at = TTLAttribute(attr_name="expiresAt")
    door = UnicodeAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    cities = UnicodeSetAttribute(null=True)
    believed_from = NumberAttribute(attr_name="believedFrom")
    refresh_token = UnicodeAttribute(attr_name="refreshToken")
    device = UnicodeAttribute(default="")  # for its person, to tell their sessions apart

    person = PersonIndex()

    @property
    def handle(self) -> str:
        """A name to put into pages: it leads to the session only for whoever has the list."""
        return salted_hmac("garage.identity.Session", self.id, algorithm="sha256").hexdigest()[:32]

    @property
    def ends_at(self) -> datetime:
        """When it ends by itself, unless it is used before."""
        return min(self.expires_at, self.last_renewed + DOORS[self.door].session_rests)

    @property
    def last_renewed(self) -> datetime:
        """When Cognito last confirmed it: at most five minutes before it was last used."""
        return datetime.fromtimestamp(self.believed_from, UTC)

    @classmethod
    def current(cls, session_id: str) -> Self | None:
        """Return the session if it has not ended in any way; asks DynamoDB, consistently."""
        try:
            session = cls.get(session_id, consistent_read=True)
        except cls.DoesNotExist:
            return None
        return session if session.ends_at > datetime.now(UTC) else None

    def renew(self, user: User, *, at: int, refresh_token: str) -> bool:
        """Put down what Cognito says now; False if the session has ended meanwhile."""
        cities = Session.cities.set(set(user.cities)) if user.cities else Session.cities.remove()
        try:
            self.update(
                actions=[
                    Session.email.set(user.email),
                    Session.name.set(user.name),
                    cities,
                    Session.believed_from.set(at),
                    Session.refresh_token.set(refresh_token),
                ],
                condition=Session.id.exists(),
            )
        except UpdateError as fault:
            if fault.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True
