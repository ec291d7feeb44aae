"""The record of a session: without it a cookie is worth little."""

from datetime import UTC, datetime
from typing import Self

from django.utils.crypto import salted_hmac
from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from core.dynamodb import Table, table_name
from identity.app_clients import APP_CLIENTS
from identity.models import User


class PersonIndex(GlobalSecondaryIndex["Session"]):
    """A person's sessions, oldest first."""

    class Meta:
        index_name = "person"
        projection = AllProjection()

    sub = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True, attr_name="createdAt")


class Session(Table):
    """A session that has not ended.

    Its claims are those that Cognito last confirmed, at `verified_at` (epoch seconds).
    `refresh_token` is encrypted (identity.encryption). DynamoDB deletes expired
    records with a delay, so `ends_at` decides.
    """

    class Meta:
        table_name = table_name("sessions")

    id = UnicodeAttribute(hash_key=True, attr_name="sessionId")
    sub = UnicodeAttribute()
    created_at = UTCDateTimeAttribute(attr_name="createdAt")
    expires_at = TTLAttribute(attr_name="expiresAt")
    app_client = UnicodeAttribute(attr_name="appClient")
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    cities = UnicodeSetAttribute(null=True)
    verified_at = NumberAttribute(attr_name="verifiedAt")
    refresh_token = UnicodeAttribute(attr_name="refreshToken")
    device = UnicodeAttribute(default="")  # so that people can tell their sessions apart

    person = PersonIndex()

    @property
    def handle(self) -> str:
        """A name for pages; the id itself would let its reader act in the session."""
        return salted_hmac("identity.Session", self.id, algorithm="sha256").hexdigest()[:32]

    @property
    def ends_at(self) -> datetime:
        """When it ends if it is not used before."""
        return min(self.expires_at, self.last_renewed + APP_CLIENTS[self.app_client].idle_timeout)

    @property
    def last_renewed(self) -> datetime:
        """When Cognito last confirmed it: at most five minutes before it was last used."""
        return datetime.fromtimestamp(self.verified_at, UTC)

    @classmethod
    def current(cls, session_id: str) -> Self | None:
        """Return the session unless it has ended; a consistent read."""
        try:
            session = cls.get(session_id, consistent_read=True)
        except cls.DoesNotExist:
            return None
        return session if session.ends_at > datetime.now(UTC) else None

    def renew(self, user: User, *, at: int, refresh_token: str) -> bool:
        """Store what Cognito confirms now; False if the session has ended in the meantime."""
        cities = Session.cities.set(set(user.cities)) if user.cities else Session.cities.remove()
        return self.update_if(
            Session.id.exists(),
            Session.email.set(user.email),
            Session.name.set(user.name),
            cities,
            Session.verified_at.set(at),
            Session.refresh_token.set(refresh_token),
        )
