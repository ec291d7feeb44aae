"""A season as a file: CSV and XLSX for people, JSON for programs.

Every writer takes markets one by one and keeps none of them, so that a season
of any size needs the memory of a small one.
"""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from markets.models import Market

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markets.cities.models import City
    from markets.models import Photo

BOM = "\ufeff"  # tells Excel that it is UTF-8
# What makes a spreadsheet take a text for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Characters that XML cannot hold.
UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ROWS_A_PART = 50  # of a file under way
WIDE = {"marketDescription": 60, "photos": 60, "decisionText": 50, "changeRequests": 50}
USUAL_WIDTH = 18  # characters of a column


COLUMNS = (
    "userId",
    "marketId",
    "reference",
    "city",
    "marketName",
    "marketDescription",
    "marketAveragePrice",
    "currency",
    "marketApproved",
    "category",
    "photos",
    "frontageM",
    "powerKw",
    "needsWater",
    "usesGas",
    "alcohol",
    "legalName",
    "contactEmail",
    "phone",
    "language",
    "status",
    "version",
    "createdAt",
    "updatedAt",
    "submittedAt",
    "decidedAt",
    "decidedBy",
    "reasonCode",
    "decisionText",
    "changeRequests",
)
"""What is told of a market: its names in JSON. Private notes are the officers' own."""

ATTRIBUTES = {str(each.attr_name): name for name, each in Market.get_attributes().items()}


def facts(market: Market, city: City) -> dict[str, Any]:
    """Return what is told of a market; decimals and moments are still what they are."""
    return {name: _fact(market, city, name) for name in COLUMNS}


def _fact(market: Market, city: City, name: str) -> Any:
    match name:
        case "currency":
            return city.currency
        case "version":
            return int(market.version)
        case "photos":
            return [_photo(photo) for photo in market.photos]
        case "changeRequests":
            return [{"field": one.field, "message": one.message} for one in market.change_requests]
    return getattr(market, ATTRIBUTES[name])


def _photo(photo: Photo) -> dict[str, Any]:
    return {
        "url": photo.url,
        "altText": photo.alt_text,
        "role": photo.role,
        "width": int(photo.width),
        "height": int(photo.height),
        "sha256": photo.sha256,
    }


def applications_as_csv(markets: Iterable[Market], city: City) -> Iterator[str]:
    """Write a season as CSV (RFC 4180) in parts; moments are ISO 8601 in UTC."""
    rows = ([as_text(value) for value in facts(market, city).values()] for market in markets)
    return as_csv(COLUMNS, rows)


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Write a table as CSV in parts, safe to open in a spreadsheet.

    A text that would be taken for a formula gets an apostrophe before it.
    """
    part = io.StringIO()
    part.write(BOM)
    writer = csv.writer(part)
    writer.writerow(columns)
    yield part.getvalue()
    part.seek(0)
    part.truncate()
    for number, row in enumerate(rows, 1):
        writer.writerow([_harmless(cell) for cell in row])
        if number % ROWS_A_PART == 0:
            yield part.getvalue()
            part.seek(0)
            part.truncate()
    if rest := part.getvalue():
        yield rest


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def as_text(value: Any) -> str:
    """Return a value as a cell's text: lists one entry a line, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list):
        return "\n".join(_entry(each) for each in value)
    return str(value)


def _entry(entry: dict[str, Any]) -> str:
    if "field" in entry:
        return f"{entry['field']}: {entry['message']}"
    return f"{entry['url']} {entry['altText']}".rstrip()


def applications_as_json(markets: Iterable[Market], city: City) -> Iterator[str]:
    """Write a season as a JSON array in parts, one market a line.

    Prices and measures are strings, as everywhere in JSON of Garage: no float.
    """
    comma = "[\n"
    for market in markets:
        yield comma + json.dumps(facts(market, city), default=as_text, ensure_ascii=False)
        comma = ",\n"
    yield "[]\n" if comma == "[\n" else "\n]\n"


def applications_as_xlsx(markets: Iterable[Market], city: City, file: IO[bytes]) -> None:
    """Write a season as a spreadsheet: numbers are numbers, moments the city's own time.

    Rows go through a temporary file. Every text is written as a text, so that
    none is ever a formula or a link.
    """
    from xlsxwriter import Workbook

    book = Workbook(file, {"constant_memory": True, "remove_timezone": True})
    sheet = book.add_worksheet(city.slug)
    bold = book.add_format({"bold": True, "bottom": 1})
    top = {"valign": "top", "text_wrap": True}
    text = book.add_format(top)
    formats = {
        Decimal: book.add_format(top | {"num_format": "0.00"}),
        datetime: book.add_format(top | {"num_format": "yyyy-mm-dd hh:mm"}),
    }
    for column, name in enumerate(COLUMNS):
        sheet.set_column(column, column, WIDE.get(name, USUAL_WIDTH))
        sheet.write_string(0, column, name, bold)
    sheet.freeze_panes(1, 0)
    zone = ZoneInfo(city.time_zone)
    last = 0
    for last, market in enumerate(markets, 1):
        for column, value in enumerate(facts(market, city).values()):
            match value:
                case None:
                    pass
                case bool():
                    sheet.write_boolean(last, column, value, text)
                case int():
                    sheet.write_number(last, column, value, text)
                case Decimal():
                    sheet.write_number(last, column, value, formats[Decimal])
                case datetime():
                    local = value.astimezone(zone)
                    sheet.write_datetime(last, column, local, formats[datetime])
                case _:
                    words = UNSPEAKABLE.sub("\N{REPLACEMENT CHARACTER}", as_text(value))
                    sheet.write_string(last, column, words, text)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    book.close()
