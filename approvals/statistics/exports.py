"""Exports of all applications to a city: CSV and XLSX for people, JSON for programs.

Every writer takes the applications one by one and keeps none of them, so the
memory it needs does not grow with their number.
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
# A spreadsheet takes a text that starts with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Characters that XML does not allow.
INVALID_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ROWS_PER_CHUNK = 50
# Characters of a spreadsheet's columns.
COLUMN_WIDTHS = {"marketDescription": 60, "photos": 60, "decisionText": 50, "changeRequests": 50}
COLUMN_WIDTH = 18

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
"""The exported fields, by their names in JSON. Private notes are not exported."""

ATTRIBUTES = {str(each.attr_name): name for name, each in Market.get_attributes().items()}


def serialize_application(market: Market, city: City) -> dict[str, Any]:
    """Return the exported fields; decimals and datetimes are not converted yet."""
    return {name: _value(market, city, name) for name in COLUMNS}


def _value(market: Market, city: City, name: str) -> Any:
    match name:
        case "currency":
            return city.currency
        case "version":
            return int(market.version)
        case "photos":
            return [_serialize_photo(photo) for photo in market.photos]
        case "changeRequests":
            return [
                {"field": each.field, "message": each.message} for each in market.change_requests
            ]
    return getattr(market, ATTRIBUTES[name])


def _serialize_photo(photo: Photo) -> dict[str, Any]:
    return {
        "url": photo.url,
        "altText": photo.alt_text,
        "role": photo.role,
        "width": int(photo.width),
        "height": int(photo.height),
        "sha256": photo.sha256,
    }


def applications_as_csv(markets: Iterable[Market], city: City) -> Iterator[str]:
    """Return the applications as CSV (RFC 4180), in chunks; times are ISO 8601 in UTC."""
    rows = (
        [format_cell(value) for value in serialize_application(market, city).values()]
        for market in markets
    )
    return table_as_csv(COLUMNS, rows)


def table_as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Return a table as CSV, in chunks, safe to open in a spreadsheet.

    A text that looks like a formula gets an apostrophe before it.
    """
    chunk = io.StringIO()
    chunk.write(BOM)
    writer = csv.writer(chunk)
    writer.writerow(columns)
    yield _take(chunk)
    for number, row in enumerate(rows, 1):
        writer.writerow([_escape_formula(cell) for cell in row])
        if number % ROWS_PER_CHUNK == 0:
            yield _take(chunk)
    if rest := _take(chunk):
        yield rest


def _take(chunk: io.StringIO) -> str:
    """Return the text and empty the buffer."""
    text = chunk.getvalue()
    chunk.seek(0)
    chunk.truncate()
    return text


def _escape_formula(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def format_cell(value: Any) -> str:
    """Return a value as the text of a cell: a list has one entry per line, None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list):
        return "\n".join(_format_entry(each) for each in value)
    return str(value)


def _format_entry(entry: dict[str, Any]) -> str:
    if "field" in entry:
        return f"{entry['field']}: {entry['message']}"
    return f"{entry['url']} {entry['altText']}".rstrip()


def applications_as_json(markets: Iterable[Market], city: City) -> Iterator[str]:
    """Return the applications as a JSON array, in chunks, one application per line.

    Decimals are strings, as in all JSON of Garage, and never floats.
    """
    comma = "[\n"
    for market in markets:
        yield comma + json.dumps(
            serialize_application(market, city), default=format_cell, ensure_ascii=False
        )
        comma = ",\n"
    yield "[]\n" if comma == "[\n" else "\n]\n"


def applications_as_xlsx(markets: Iterable[Market], city: City, file: IO[bytes]) -> None:
    """Write the applications to `file` as a spreadsheet; times are in the city's time zone.

    Rows go through a temporary file. Numbers are number cells; every text is a text
    cell, and so never a formula or a link.
    """
    from xlsxwriter import Workbook

    # Closed also after a fault: it has a temporary file.
    with Workbook(file, {"constant_memory": True, "remove_timezone": True}) as book:
        _fill_in(book, markets, city)


def _fill_in(book: Any, markets: Iterable[Market], city: City) -> None:
    sheet = book.add_worksheet(city.slug)
    bold = book.add_format({"bold": True, "bottom": 1})
    top = {"valign": "top", "text_wrap": True}
    text = book.add_format(top)
    formats = {
        Decimal: book.add_format(top | {"num_format": "0.00"}),
        datetime: book.add_format(top | {"num_format": "yyyy-mm-dd hh:mm"}),
    }
    for column, name in enumerate(COLUMNS):
        sheet.set_column(column, column, COLUMN_WIDTHS.get(name, COLUMN_WIDTH))
        sheet.write_string(0, column, name, bold)
    sheet.freeze_panes(1, 0)
    zone = ZoneInfo(city.time_zone)
    last = 0
    for last, market in enumerate(markets, 1):
        for column, value in enumerate(serialize_application(market, city).values()):
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
                    cell = INVALID_IN_XML.sub("\N{REPLACEMENT CHARACTER}", format_cell(value))
                    sheet.write_string(last, column, cell, text)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
