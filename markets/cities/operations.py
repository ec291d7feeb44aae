"""Registering and changing cities; for operators."""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from core.actors import Actor
from core.dynamodb import once, transaction
from core.errors import InvalidDetails, VersionConflict
from identity.permissions import require_operator
from markets.cities.models import City
from markets.cities.queries import register

PLACE_LENGTH = 120  # characters


def save_city(actor: Actor, city: City) -> City:
    """Register a new city, or save one that was loaded and changed; for operators."""
    check_city(actor, city)
    sent = {**city.attribute_values, "version": (city.version or 0) + 1}

    def save() -> City:
        conflict = VersionConflict(
            f"{city.slug} is registered already, or was changed in the meantime."
        )
        with transaction() as write:
            write.save(city, conflict=conflict)
        return city

    def done() -> City | None:
        register.forget()
        stored = register().get(city.slug)
        return stored if stored and stored.attribute_values == sent else None

    saved = once(save, done)
    register.forget()
    return saved


def check_city(actor: Actor, city: City) -> None:
    """Raise what `save_city` would: NotAllowed, or InvalidDetails with every fault."""
    require_operator(actor, "Only operators register cities.")
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
    for field, (pattern, message) in PATTERNS.items():
        if not re.fullmatch(pattern, getattr(city, field) or ""):
            yield field, message
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
    yield from _faults_of_market_days(city)


def _faults_of_market_days(city: City) -> Iterator[tuple[str, str]]:
    given = [bool(value) for value in (city.market_days_open, city.market_days_close, city.place)]
    if any(given) and not all(given):
        yield (
            "market_days_open",
            "Give the first market day, the last one and the place, or none of them.",
        )
        return
    try:
        market_days = city.market_days
    except ValueError:
        yield "market_days_open", "The market days are dates such as 2026-11-27."
        return
    if market_days and market_days.opens > market_days.closes:
        yield "market_days_open", "The first market day is not after the last one."
    if market_days and len(market_days.place) > PLACE_LENGTH:
        yield "place", f"The place has at most {PLACE_LENGTH} characters."
