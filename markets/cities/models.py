"""A city and its call."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    VersionAttribute,
)

from core import clock
from core.dynamodb import Table, table_name


class CallState(TextChoices):
    UPCOMING = "upcoming", "Opens soon"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class Season(NamedTuple):
    """The days on which a Christmas market is open, the last included, and its place."""

    opens: date
    closes: date
    place: str


class City(Table):
    """A city and its call: days are the city's own, from midnight to midnight there."""

    class Meta:
        table_name = table_name("cities")

    slug = UnicodeAttribute(hash_key=True)
    version = VersionAttribute()
    code = UnicodeAttribute()  # begins its markets' references: BRV-7K3Q
    name = UnicodeAttribute()
    language = UnicodeAttribute()
    currency = UnicodeAttribute()  # ISO 4217
    time_zone = UnicodeAttribute(attr_name="timeZone")
    contact = UnicodeAttribute()  # e-mail address of the desk
    opens = UnicodeAttribute()  # ISO dates: first and last day to submit
    closes = UnicodeAttribute()
    decide_by = UnicodeAttribute(attr_name="decideBy")
    # The Christmas market itself: first and last day, and where; unknown until planned.
    season_opens = UnicodeAttribute(null=True, attr_name="seasonOpens")
    season_closes = UnicodeAttribute(null=True, attr_name="seasonCloses")
    place = UnicodeAttribute(null=True)
    # Within how many days of its submission the city wants each market decided.
    decision_days = NumberAttribute(default=14, attr_name="decisionDays")
    # How a rejection can be contested, in the city's own words and language.
    appeal_notice = UnicodeAttribute(null=True, attr_name="appealNotice")
    machine_clients = UnicodeSetAttribute(null=True, attr_name="machineClients")

    @property
    def call_opens(self) -> date:
        return date.fromisoformat(self.opens)

    @property
    def call_closes(self) -> date:
        return date.fromisoformat(self.closes)

    @property
    def decides_by(self) -> date:
        return date.fromisoformat(self.decide_by)

    @property
    def season(self) -> Season | None:
        """When and where the market stands, None until the city has said so."""
        if not (self.season_opens and self.season_closes and self.place):
            return None
        return Season(
            date.fromisoformat(self.season_opens),
            date.fromisoformat(self.season_closes),
            self.place,
        )

    def call_state_at(self, moment: datetime) -> CallState:
        zone = ZoneInfo(self.time_zone)
        if moment < datetime.combine(self.call_opens, time.min, zone):
            return CallState.UPCOMING
        if moment >= datetime.combine(self.call_closes + timedelta(days=1), time.min, zone):
            return CallState.CLOSED
        return CallState.OPEN

    @property
    def call_state(self) -> CallState:
        return self.call_state_at(clock.now())
