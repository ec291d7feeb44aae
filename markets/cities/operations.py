"""The register of cities: small, read on nearly every page, changed by operators."""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from core.actors import Actor, Kind
from core.dynamodb import transaction
from core.errors import InvalidDetails, NotAllowed, VersionConflict
from markets.cities.models import City
from markets.cities.queries import register

PLACE_LENGTH = 120  # characters


def save_city(actor: Actor, city: City) -> City:
    """Register a new city, or save a changed one that was read before; for operators."""
    check_city(actor, city)
    with transaction() as write:
        write.save(
            city,
            conflict=VersionConflict(f"{city.slug} is registered, or was changed meanwhile."),
        )
    register.forget()
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
