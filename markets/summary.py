"""An application as a summary list: each answer with its question."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markets.cities.models import City
from markets.details import JSON_NAMES, LABELS
from markets.history.models import HistoryRecord
from markets.history.records import RECORDED, recorded
from markets.history.timeline import format_value
from markets.models import Market, Photo
from markets.sections import SECTIONS, Section

DECIMALS = {"average_price", "frontage_m", "power_kw"}


@dataclass(frozen=True)
class SummaryRow:
    """A field with its formatted value, which is empty if there is none.

    `change_request` is what the city asks to change in it, `error` why it cannot be submitted;
    both may be empty.
    """

    name: str
    label: str
    text: str
    change_request: str
    error: str


@dataclass(frozen=True)
class SectionSummary:
    section: Section
    rows: list[SummaryRow]


def summarize(
    market: Market, city: City, errors: Mapping[str, str] | None = None
) -> list[SectionSummary]:
    """Return all answers of a market, section by section, each with its error if it has one."""
    requests, values, errors = change_requests(market), recorded(market), errors or {}
    units = {"average_price": city.currency, "frontage_m": "m", "power_kw": "kW"}

    def row(name: str) -> SummaryRow:
        text = format_value(name, values[JSON_NAMES[name]])
        if text and name in units:
            text = f"{text if name == 'average_price' else text.removesuffix('.00')} {units[name]}"
        return SummaryRow(name, LABELS[name], text, requests.get(name, ""), errors.get(name, ""))

    return [SectionSummary(section, [row(name) for name in section.names]) for section in SECTIONS]


def change_requests(market: Market) -> Mapping[str, str]:
    """Return the city's change requests by field, in the order of the sections."""
    messages: dict[str, str] = {}
    for request in market.change_requests:
        name = RECORDED.get(request.field, request.field)
        messages[name] = (
            f"{messages[name]}\n{request.message}" if name in messages else request.message
        )
    return {
        name: messages[name] for section in SECTIONS for name in section.names if name in messages
    }


def market_at_version(
    market: Market, records: Sequence[HistoryRecord], version: int
) -> Market | None:
    """Return an unsaved copy of a market as it was in a version; None if there is no such version.

    Changes of a draft are not recorded, so the earliest version is the first submission.
    """
    values: dict[str, Any] = {}
    last = None
    for entry in records:
        if entry.version > version:
            break
        values |= entry.after
        last = entry
    if last is None or last.version != version:
        return None
    stored = {photo.key: photo for photo in market.photos}
    copy = Market(market.user_id, market.market_id, city=market.city, reference=market.reference)
    for name, value in _attributes(values):
        if name == "photos":
            copy.photos = [_photo(each, stored.get(each["key"])) for each in value]
        elif name != "change_requests":
            setattr(copy, name, value)
    copy.updated_at = last.at
    return copy


def _attributes(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for json_name, value in values.items():
        # Records may hold fields that markets no longer have.
        if name := RECORDED.get(json_name):
            yield name, Decimal(value) if name in DECIMALS and value is not None else value


def _photo(values: Mapping[str, Any], stored: Photo | None) -> Photo:
    """Return a photo as it was described then; its size is known if it is still stored."""
    size = {name: getattr(stored, name) for name in ("width", "height", "widths") if stored}
    return Photo(
        key=values["key"], alt_text=values["altText"], role=values.get("role") or None, **size
    )
