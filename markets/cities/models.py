"""A city and its call."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from pynamodb.attributes import NumberAttribute, UnicodeAttribute, VersionAttribute

from core import clock
from core.dynamodb import Table, table_name


class CallState(TextChoices):
    UPCOMING = "upcoming", "Opens soon"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class MarketDays(NamedTuple):
    """The first and last day on which a Christmas market is open, and where it is."""

    opens: date
    closes: date
    place: str


class City(Table):
    """A city and its call. Days begin and end at midnight in the city's time zone."""

    class Meta:
        table_name = table_name("cities")

    slug = UnicodeAttribute(hash_key=True)
    version = VersionAttribute()
    code = UnicodeAttribute()  # first part of each reference: BRV-7K3Q
    name = UnicodeAttribute()
    language = UnicodeAttribute()
    currency = UnicodeAttribute()  # ISO 4217
    time_zone = UnicodeAttribute(attr_name="timeZone")
    contact = UnicodeAttribute()  # e-mail address for merchants' questions
    opens = UnicodeAttribute()  # ISO dates: first and last day to submit
    closes = UnicodeAttribute()
    decide_by = UnicodeAttribute(attr_name="decideBy")
    # First and last day of the Christmas market, and where it is; empty until it is planned.
    market_days_open = UnicodeAttribute(null=True, attr_name="marketDaysOpen")
    market_days_close = UnicodeAttribute(null=True, attr_name="marketDaysClose")
    place = UnicodeAttribute(null=True)
    # The city wants to decide on each application within so many days of its submission.
    decision_days = NumberAttribute(default=14, attr_name="decisionDays")
    # How a merchant can appeal against a rejection, in the city's language.
    appeal_notice = UnicodeAttribute(null=True, attr_name="appealNotice")

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
    def market_days(self) -> MarketDays | None:
        """When and where the Christmas market is; None until the city has set all of it."""
        if not (self.market_days_open and self.market_days_close and self.place):
            return None
        return MarketDays(
            date.fromisoformat(self.market_days_open),
            date.fromisoformat(self.market_days_close),
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
