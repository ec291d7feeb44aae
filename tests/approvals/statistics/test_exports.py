"""Exports: content, safety in spreadsheets, memory."""

import csv
import io
import json
import os
import tracemalloc
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from itertools import repeat
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command
from django.http import StreamingHttpResponse
from django.test import Client

from approvals.statistics import exports
from core.actors import Actor
from markets.cities.models import City
from markets.models import ChangeRequest, Market
from tests import factories

MANY = 10_000
BOLD = (
    "userId",
    "marketId",
    "city",
    "marketName",
    "marketDescription",
    "marketAveragePrice",
    "marketApproved",
)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def cells_of(file: bytes) -> list[dict[str, tuple[str, str]]]:
    """Return each row of a spreadsheet: column letters to type and value."""
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        sheet = ET.fromstring(parts.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    return [
        {
            cell.attrib["r"].rstrip("0123456789"): (
                cell.attrib.get("t", "n"),
                "".join(part for part in cell.itertext()),
            )
            for cell in row.iter(f"{SHEET}c")
        }
        for row in sheet.iter(f"{SHEET}row")
    ]


def market(number: int, **values: Any) -> Market:
    """Return an application as if it was read from the table."""
    at = datetime(2026, 10, 1, 12, tzinfo=UTC)
    defaults: dict[str, Any] = {
        "version": 3,
        "reference": f"TST-{number:04}",
        "city": "testville",
        "name": f"Market {number}",
        "description": "Carved spoons\n" * 60,
        "average_price": Decimal("12.50"),
        "category": "crafts",
        "photos": [factories.photo(str(number)) for _ in range(3)],
        "legal_name": "Test Crafts Ltd",
        "contact_email": "merchant@example.com",
        "language": "en",
        "status": "approved",
        "approved": True,
        "created_at": at,
        "updated_at": at,
        "submitted_at": at,
    }
    return Market(str(UUID(int=number)), str(UUID(int=number + 1)), **defaults | values)


def test_officer_exports_csv(officer: Client, maria: Actor, city: City) -> None:
    factories.draft(maria, city, name="Nobody's business")
    one = factories.approved(maria, city, phone="+40 268 413 000", power_kw=Decimal("2.5"))
    two = factories.rejected(maria, city, name="Ștrudel & „Glühwein“")
    answer = officer.get(f"/city-hall/{city.slug}/applications.csv")
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in answer.headers["Cache-Control"]
    sent = answer.getvalue()
    assert sent.startswith(b"\xef\xbb\xbfuserId,marketId,")
    first, second = rows_of(sent.decode("utf-8-sig"))
    assert set(BOLD) <= first.keys()
    assert first["marketId"] == one.market_id
    assert first["marketAveragePrice"] == "12.50"
    assert first["marketApproved"] == "true"
    assert first["marketDescription"] == "Carved spoons\nBeeswax candles"
    assert first["powerKw"] == "2.50"
    assert first["phone"] == "'+40 268 413 000"
    assert first["photos"] == f"{one.photos[0].url} The stall at night"
    assert datetime.fromisoformat(first["submittedAt"]) <= datetime.now(UTC)
    assert second["marketName"] == two.name
    assert second["reasonCode"] == "no_space"
    assert second["decisionText"] == "There is no space left."
    assert "Nobody's business" not in sent.decode()


def test_csv_export_is_compressed(officer: Client, maria: Actor, city: City) -> None:
    factories.submitted(maria, city)
    answer = officer.get(
        f"/city-hall/{city.slug}/applications.csv", headers={"accept-encoding": "gzip"}
    )
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.getvalue().startswith(b"\x1f\x8b")


def test_officer_exports_xlsx(officer: Client, maria: Actor, city: City) -> None:
    factories.approved(maria, city, name="=1+1")
    answer = officer.get(f"/city-hall/{city.slug}/applications.xlsx")
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert f'filename="{city.slug}-applications-' in answer.headers["Content-Disposition"]
    header, row = cells_of(answer.getvalue())
    assert [text for _, text in header.values()] == list(exports.COLUMNS)
    assert row["E"] == ("inlineStr", "=1+1")
    assert row["G"] == ("n", "12.50")
    assert row["I"] == ("b", "1")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formula_characters_are_escaped_in_csv(start: str, city: City) -> None:
    evil = f"{start}HYPERLINK(1)"
    requests = [ChangeRequest(field="category", message="x")]
    given = market(1, name=evil, description="fine = fine", change_requests=requests)
    (row,) = rows_of("".join(exports.applications_as_csv([given], city)).removeprefix(exports.BOM))
    assert row["marketName"] == f"'{evil}"
    assert row["marketDescription"] == "fine = fine"
    assert row["changeRequests"] == "category: x"
    assert row["frontageM"] == ""


def test_invalid_xml_characters_are_replaced(city: City) -> None:
    file = io.BytesIO()
    exports.applications_as_xlsx([market(1, name="bell\a null\0 \ufffe 😀")], city, file)
    _, row = cells_of(file.getvalue())
    assert row["E"] == ("inlineStr", "bell\ufffd null\ufffd \ufffd 😀")


def test_xlsx_times_are_in_city_time_zone(city: City) -> None:
    city.time_zone = "Europe/Bucharest"
    file = io.BytesIO()
    exports.applications_as_xlsx([market(1)], city, file)
    _, row = cells_of(file.getvalue())
    days = float(row["Y"][1])
    assert days % 1 * 24 == pytest.approx(15)  # noon in UTC, summer in Brașov


def test_json_export_has_all_fields(city: City) -> None:
    read = json.loads("".join(exports.applications_as_json([market(1), market(2)], city)))
    assert [each["reference"] for each in read] == ["TST-0001", "TST-0002"]
    assert read[0]["marketAveragePrice"] == "12.50"
    assert read[0]["marketApproved"] is True
    assert read[0]["photos"][0]["altText"] == "The stall at night"
    assert list(read[0]) == list(exports.COLUMNS)
    assert json.loads("".join(exports.applications_as_json([], city))) == []


def peak_of(kind: str, rows: int, city: City) -> int:
    """Return how many bytes an export of so many rows takes at most."""
    applications = repeat(market(1), rows)
    tracemalloc.start()
    if kind == "xlsx":
        with Path(os.devnull).open("wb") as nowhere:
            exports.applications_as_xlsx(applications, city, nowhere)
    else:
        write = exports.applications_as_csv if kind == "csv" else exports.applications_as_json
        assert sum(len(part) for part in write(applications, city)) > rows * 1_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


# A spreadsheet takes a millisecond a row, five when each allocation is counted.
@pytest.mark.parametrize(("kind", "rows"), [("csv", MANY), ("json", 3_000), ("xlsx", 3_000)])
def test_export_memory_does_not_grow_with_rows(kind: str, rows: int, city: City) -> None:
    peak_of(kind, 1, city)  # imports stay in memory
    assert peak_of(kind, rows, city) < peak_of(kind, 300, city) + 1024 * 1024


def test_export_with_too_many_rows_is_refused(
    officer: Client, maria: Actor, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("approvals.statistics.views.MAX_ROWS", 1)
    for _ in range(2):
        factories.submitted(maria, city)
    for ending in ("csv", "xlsx"):
        refusal = officer.get(f"/city-hall/{city.slug}/applications.{ending}")
        assert refusal.status_code == 409
        assert "manage.py export" in refusal.text
    page = officer.get(f"/city-hall/{city.slug}/statistics/").text
    assert "manage.py export" in page
    assert "applications.csv" not in page


def test_export_command_writes_file(
    maria: Actor, city: City, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    one = factories.submitted(maria, city)
    for kind in ("csv", "json", "xlsx"):
        out = tmp_path / f"applications.{kind}"
        call_command("export", f"--city={city.slug}", f"--format={kind}", f"--out={out}")
        content = out.read_bytes()
        assert zipfile.is_zipfile(out) if kind == "xlsx" else one.reference.encode() in content
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "applications.csv",
        "applications.json",
        "applications.xlsx",
    ]
    call_command("export", f"--city={city.slug}", "--format=csv")
    assert capfdbinary.readouterr().out == (tmp_path / "applications.csv").read_bytes()


def test_export_command_leaves_no_file_after_error(city: City, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no such city"):
        call_command("export", "--city=atlantis", "--format=csv", f"--out={tmp_path}/x")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export", f"--city={city.slug}", "--format=csv", f"--out={tmp_path}/no/x")
    assert list(tmp_path.iterdir()) == []
