"""An application as its merchant reads it over: each answer with its question."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markets.cities.models import City
from markets.details import LABELS
from markets.history.models import HistoryRecord
from markets.history.records import RECORDED, recorded
from markets.history.timeline import format_value
from markets.models import Market, Photo
from markets.sections import SECTIONS, Section

DECIMALS = {"average_price", "frontage_m", "power_kw"}


@dataclass(frozen=True)
class Answer:
    """An answer as people read it, empty if there is none; `asked` is what the city says of it."""

    name: str
    label: str
    text: str
    asked: str


@dataclass(frozen=True)
class Part:
    """The answers of one section."""

    section: Section
    answers: list[Answer]


def parts(market: Market, city: City) -> list[Part]:
    """Return all answers of a market, part by part."""
    asked, facts = requests(market), recorded(market)
    units = {"average_price": city.currency, "frontage_m": "m", "power_kw": "kW"}

    def answer(name: str) -> Answer:
        text = format_value(name, facts[str(Market.get_attributes()[name].attr_name)])
        if text and name in units:
            text = f"{text if name == 'average_price' else text.removesuffix('.00')} {units[name]}"
        return Answer(name, LABELS[name], text, asked.get(name, ""))

    return [Part(section, [answer(name) for name in section.names]) for section in SECTIONS]


def requests(market: Market) -> Mapping[str, str]:
    """Return what the city asks to change, by the names of the fields, in the form's order."""
    said: dict[str, str] = {}
    for each in market.change_requests:
        name = RECORDED.get(each.field, each.field)
        said[name] = f"{said[name]}\n{each.message}" if name in said else each.message
    return {name: said[name] for section in SECTIONS for name in section.names if name in said}


def as_of(market: Market, records: Sequence[HistoryRecord], version: int) -> Market | None:
    """Return a market as it was in one of its versions, for reading; None if there is none.

    Drafts have left no records, so the first version is what was first handed in.
    """
    told: dict[str, Any] = {}
    last = None
    for entry in records:
        if entry.version > version:
            break
        told |= entry.after
        last = entry
    if last is None or last.version != version:
        return None
    stored = {photo.key: photo for photo in market.photos}
    copy = Market(market.user_id, market.market_id, city=market.city, reference=market.reference)
    for name, value in _values(told):
        if name == "photos":
            copy.photos = [_photo(each, stored.get(each["key"])) for each in value]
        elif name != "change_requests":
            setattr(copy, name, value)
    copy.updated_at = last.at
    return copy


def _values(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for json_name, value in told.items():
        # A field that Garage no longer has stays in the record alone.
        if name := RECORDED.get(json_name):
            yield name, Decimal(value) if name in DECIMALS and value is not None else value


def _photo(told: Mapping[str, Any], stored: Photo | None) -> Photo:
    """Return a photo as it was described then; its measures are known if it is still there."""
    facts = {name: getattr(stored, name) for name in ("width", "height", "widths") if stored}
    return Photo(key=told["key"], alt_text=told["altText"], role=told.get("role") or None, **facts)
