"""The register of cities: small, read on nearly every page, changed by operators."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from time import monotonic
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
from core.actors import Actor, Kind
from core.dynamodb import Table, table_name, transaction
from core.errors import InvalidDetails, NotAllowed, NotFound, VersionConflict

BELIEVED_FOR = 60.0  # seconds that a process believes its copy of the register
PLACE_LENGTH = 120  # characters


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


class _Register:
    """The process's copy of the register, with the time at which it was read."""

    def __init__(self) -> None:
        self.cities: dict[str, City] = {}
        self.stale_at = 0.0

    def read(self) -> dict[str, City]:
        if monotonic() >= self.stale_at:
            cities = sorted(City.scan(consistent_read=True), key=lambda city: city.name)
            self.cities = {city.slug: city for city in cities}
            self.stale_at = monotonic() + BELIEVED_FOR
        return self.cities


_register = _Register()


def all_cities() -> list[City]:
    """Return the registered cities by name, at most a minute old."""
    return list(_register.read().values())


def get_city(slug: str) -> City:
    """Return a registered city, at most a minute old; NotFound for any other slug."""
    try:
        return _register.read()[slug]
    except KeyError:
        raise NotFound("No city of this name takes part.") from None


def save_city(actor: Actor, city: City) -> City:
    """Register a new city, or save a changed one that was read before; for operators."""
    check_city(actor, city)
    with transaction() as write:
        write.save(
            city,
            otherwise=VersionConflict(f"{city.slug} is registered, or was changed meanwhile."),
        )
    _register.stale_at = 0.0
    return city


def check_city(actor: Actor, city: City) -> None:
    """Raise what `save_city` would: NotAllowed, or InvalidDetails with every fault."""
    if actor.kind != Kind.OPERATOR:
        raise NotAllowed("Only operators register cities.")
    if faults := dict(_faults(city)):
        raise InvalidDetails(faults)


PATTERNS = {
    "slug": (r"[a-z][a-z0-9-]{1,39}", "The slug is 2 to 40 small letters, digits and hyphens."),
    "code": (r"[A-Z]{3}", "The code is three capital letters."),
    "name": (r"\S(.{0,78}\S)?", "The name has 1 to 80 characters."),
    "language": (r"[a-z]{2}", "The language is two small letters of ISO 639-1 such as ro."),
    "currency": (r"[A-Z]{3}", "The currency is an ISO 4217 code such as EUR."),
    "contact": (r"[^@\s]+@[^@\s]+", "The contact is an e-mail address."),
}


def _faults(city: City) -> Iterator[tuple[str, str]]:
    for field, (pattern, sentence) in PATTERNS.items():
        if not re.fullmatch(pattern, getattr(city, field) or ""):
            yield field, sentence
    try:
        ZoneInfo(city.time_zone)
    except (KeyError, ValueError, OSError):
        yield "time_zone", f"There is no time zone {city.time_zone}."
    if city.decision_days not in range(1, 366):
        yield "decision_days", "The city decides within 1 to 365 days of a submission."
    try:
        if not city.call_opens <= city.call_closes <= city.decides_by:
            yield "opens", "A call opens, then closes, then is decided."
    except ValueError:
        yield "opens", "The days of the call are dates such as 2026-09-01."
    yield from _faults_of_season(city)


def _faults_of_season(city: City) -> Iterator[tuple[str, str]]:
    said = [bool(value) for value in (city.season_opens, city.season_closes, city.place)]
    if any(said) and not all(said):
        yield "season_opens", "A season has a first day, a last day and a place, or none of them."
        return
    try:
        season = city.season
    except ValueError:
        yield "season_opens", "The days of the season are dates such as 2026-11-27."
        return
    if season and season.opens > season.closes:
        yield "season_opens", "A season opens, then closes."
    if season and len(season.place) > PLACE_LENGTH:
        yield "place", f"The place has at most {PLACE_LENGTH} characters."
