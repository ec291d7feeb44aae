"""Hostile texts in what leaves the site as a file or a mail: CSV, XLSX, JSON, a calendar, a zip.

What single cells and headers do with them is tested beside each writer. Here every
text of an application is hostile at once, and each file is read by a parser.
"""

import csv
import io
import json
import re
import time
import zipfile
from email.headerregistry import HeaderRegistry
from typing import Any

import pytest
from icalendar import Calendar

from approvals.review.operations import approve_market
from markets.operations import revise_market
from markets.outbox.messages import messages_to
from tests import factories
from tests.fire.hostile.forms import Scene, new_scene
from tests.fire.hostile.payloads import TEXTS
from tests.fire.report import choose, record

LONGEST = 80
ATTACKS = [name for name, text in TEXTS.items() if text.strip() and "\0" not in text]


def attacked(text: str) -> Scene:
    scene = new_scene()
    short = text.strip()[:LONGEST]
    city = scene.city
    details = {"name": short, "description": text.strip()[:4_000], "legal_name": short}
    revise_market(scene.owner, scene.market.key, expected_version=2, details=details)
    officer = factories.officer(city.slug)
    scene.market = approve_market(officer, city.slug, scene.market.key, expected_version=3)
    return scene


def read(answer: Any) -> bytes:
    assert answer.status_code == 200
    name = answer.headers.get("Content-Disposition", "")
    assert re.fullmatch(r'((attachment|inline); filename="[\w.-]+")?', name), name
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    return bytes(content)


def plain(text: str) -> str:
    """Return a text without what no file format carries: controls and line breaks."""
    return re.sub(r"[\W_]+", "", text)


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize(
    "attack", choose(["mail header", "calendar", "formula", "script", "no characters"], ATTACKS)
)
def test_files_stay_valid_with_hostile_text(attack: str) -> None:
    began = time.perf_counter()
    scene, text = attacked(TEXTS[attack]), TEXTS[attack]
    short = text.strip()[:LONGEST]
    public, city_hall = f"/cities/{scene.city.slug}/", f"/city-hall/{scene.city.slug}/"

    rows = list(
        csv.reader(
            io.StringIO(
                read(scene.officer.get(f"{city_hall}applications.csv")).decode("utf-8-sig"),
                newline="",
            )
        )
    )
    assert len(rows) == 2
    assert len(rows[0]) == len(rows[1])
    assert not [cell for cell in rows[1] if cell.startswith(("=", "+", "@", "\t", "\r"))]
    assert any(plain(cell) == plain(short) for cell in rows[1])

    sheet = zipfile.ZipFile(io.BytesIO(read(scene.officer.get(f"{city_hall}applications.xlsx"))))
    assert b"<f>" not in sheet.read("xl/worksheets/sheet1.xml")
    assert b"<hyperlink" not in sheet.read("xl/worksheets/sheet1.xml").lower()

    (listed,) = json.loads(read(scene.officer.get(f"{public}programme.json")))["markets"]
    assert short in listed.values()
    calendar = Calendar.from_ical(read(scene.officer.get(f"{public}market-days.ics")).decode())
    assert [part.name for part in calendar.walk() if part.name == "VEVENT"] == ["VEVENT"]
    page = read(scene.merchant.get(public)).decode()
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert short in json.dumps(json.loads(data), ensure_ascii=False) or json.dumps(
        short, ensure_ascii=False
    )[1:-1] in json.dumps(json.loads(data), ensure_ascii=False)
    case = json.loads(read(scene.officer.get(f"{scene.review}case-file.json")))
    assert case["market"]["marketName"] == short

    (mail,) = messages_to(scene.market)
    assert len(mail.subject.splitlines()) == 1
    assert HeaderRegistry()("Subject", mail.subject).defects == ()
    record(
        "hostile",
        case="files",
        condition=attack,
        outcome="whole",
        seconds=time.perf_counter() - began,
    )
