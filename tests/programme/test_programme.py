"""The public programme: its stalls, search, feeds and caching."""

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from icalendar import Calendar

from approvals.review.operations import approve_market, undo_decision
from core.actors import Actor
from core.errors import NotFound
from markets.cities.models import City
from markets.cities.operations import save_city
from markets.models import Category, PhotoRole
from markets.operations import revise_market, submit_market, withdraw_market
from programme.queries import page_of_programme
from tests import factories
from tests.clients import sign_in


def names(city: City, **how: Any) -> list[str | None]:
    return [market.name for market in page_of_programme(city.slug, **how).markets]


@pytest.fixture
def three(maria: Actor, city: City) -> City:
    """A city with three approved markets, and one that is not."""
    factories.approved(maria, city, name="Zimt", category="sweets", description="Zimtschnecken")
    factories.approved(maria, city, name="Wolle", description="Socken\nMützen für Kinder")
    factories.approved(maria, city, name="Äpfel", category="sweets", description="Bratäpfel, Zimt")
    factories.submitted(maria, city, name="Noch nicht")
    return city


def test_stalls_are_sorted_by_category_and_name(three: City) -> None:
    assert names(three) == ["Wolle", "Äpfel", "Zimt"]
    assert names(three, category=Category.SWEETS) == ["Äpfel", "Zimt"]
    programme = page_of_programme(three.slug, category=Category.SWEETS)
    assert programme.counts[Category.CRAFTS] == 1
    assert programme.total == 3
    assert programme.found == 2


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("zimt", ["Äpfel", "Zimt"]),
        ("bratapfel", ["Äpfel"]),
        ("BRATÄPFEL zimt", ["Äpfel"]),
        ("mutzen", ["Wolle"]),
        ("crafts", ["Wolle"]),
        ("noch", []),
        ("  ", ["Wolle", "Äpfel", "Zimt"]),
    ],
)
def test_search_covers_names_goods_and_categories(
    three: City, search: str, found: list[str]
) -> None:
    assert names(three, search=search) == found


def test_search_uses_current_text(maria: Actor, city: City) -> None:
    market = factories.approved(maria, city, name="Stall", description="Candles")
    assert names(city, search="candles")
    revise_market(maria, market.key, expected_version=3, details={"description": "Soap"})
    assert names(city, search="candles") == []
    officer = factories.officer(city.slug)
    approve_market(officer, city.slug, market.key, expected_version=4)
    assert names(city, search="candles") == []
    assert names(city, search="soap")


def test_pages_have_no_gaps_and_no_duplicates(maria: Actor, city: City) -> None:
    made = {factories.approved(maria, city).market_id for _ in range(5)}
    seen: list[str] = []
    cursor = None
    while True:
        page = page_of_programme(city.slug, cursor=cursor, size=2)
        seen += [market.market_id for market in page.markets]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    first = page_of_programme(city.slug, size=2).next_cursor
    assert first == page_of_programme(city.slug, size=2).next_cursor
    with pytest.raises(NotFound):
        page_of_programme(city.slug, cursor=first, category=Category.CRAFTS)


def test_stall_without_approval_disappears_at_once(
    visitor: Client, maria: Actor, city: City
) -> None:
    first = factories.approved(maria, city, name="Withdrawn soon")
    second = factories.approved(maria, city, name="Undone soon")
    third = factories.approved(maria, city, name="Edited soon")
    urls = [f"/cities/{city.slug}/{path}" for path in ("", "programme.json", "?q=soon")]
    for url in urls:
        assert visitor.get(url).text.count("soon") >= 3
    withdraw_market(maria, first.key, expected_version=3)
    for url in urls:
        assert "Withdrawn soon" not in visitor.get(url).text
    undo_decision(factories.officer(city.slug), city.slug, second.key, expected_version=3)
    revise_market(maria, third.key, expected_version=3, details={"name": "Edited now"})
    for url in urls:
        text = visitor.get(url).text
        assert "Undone soon" not in text
        assert "Edited" not in text


def test_page_has_responsive_photos(visitor: Client, maria: Actor, city: City) -> None:
    for number in range(5):
        market = factories.draft(maria, city, name=f"Market {number}")
        photos = (
            factories.photo(market.market_id, widths=[480, 960, 1200], alt_text="The stall"),
            factories.photo(market.market_id, role=PhotoRole.PLAN.value, alt_text="Its plan"),
        )
        revise_market(maria, market.key, expected_version=1, details={"photos": photos})
        submit_market(maria, market.key, expected_version=2)
        officer = factories.officer(city.slug)
        approve_market(officer, city.slug, market.key, expected_version=3)
    page = visitor.get(f"/cities/{city.slug}/").text
    images = re.findall(r"<img [^>]*>", page)
    assert len(images) == 5
    for image in images:
        assert re.search(r'srcset="\S+-480.webp 480w, \S+-960.webp 960w, \S+.webp 1200w"', image)
        assert 'width="1200" height="900"' in image
        assert 'alt="The stall"' in image
    assert [("loading" in image) for image in images] == [False] * 3 + [True] * 2
    # Plans are for the city only.
    assert "Its plan" not in page
    assert "Its plan" not in visitor.get(f"/cities/{city.slug}/programme.json").text


def test_linked_data_is_escaped_in_script_element(
    visitor: Client, maria: Actor, city: City
) -> None:
    evil = "</script><script>alert(1)</script> & “Glühwein”"
    factories.approved(maria, city, name=evil, description=evil)
    page = visitor.get(f"/cities/{city.slug}/").text
    assert "<script>alert" not in page
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    event, stalls = json.loads(script)["@graph"]
    assert event["@type"] == "Festival"
    assert event["startDate"] == city.market_days_open
    assert event["location"]["name"] == "Market Square"
    (stall,) = stalls["itemListElement"]
    assert stall["item"]["name"] == evil
    assert stall["item"]["image"][0].startswith(settings.GARAGE.media_url)


def test_programme_json_lists_approved_stalls(visitor: Client, three: City, maria: Actor) -> None:
    answer = visitor.get(f"/cities/{three.slug}/programme.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "application/json"
    data = answer.json()
    assert data["city"]["marketDays"]["place"] == "Market Square"
    assert data["city"]["programme"] == f"{settings.GARAGE.site_url}/cities/{three.slug}/"
    assert data["total"] == 3
    assert data["next"] is None
    assert [market["marketName"] for market in data["markets"]] == ["Wolle", "Äpfel", "Zimt"]
    assert data["markets"][0]["marketAveragePrice"] == "12.50"
    assert maria.id not in answer.text
    assert "merchant@example.com" not in answer.text
    sweets = visitor.get(f"/cities/{three.slug}/programme.json?category=sweets&q=zimt").json()
    assert sweets["total"] == 2


def test_programme_json_links_to_next_page(
    visitor: Client, three: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("programme.views.BATCH_SIZE", 2)
    url: str | None = f"/cities/{three.slug}/programme.json?q=e"
    seen = []
    while url:
        data = visitor.get(url.removeprefix(settings.SITE_ORIGIN)).json()
        seen += [market["marketName"] for market in data["markets"]]
        url = data["next"]
    assert seen == ["Wolle", "Äpfel", "Zimt"]


def test_calendar_has_market_days(visitor: Client, city: City) -> None:
    answer = visitor.get(f"/cities/{city.slug}/market-days.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content, multiple=False)
    (event,) = calendar.events
    assert event.start == date.fromisoformat(str(city.market_days_open))
    # The end is the first day after it.
    assert event.end == date.fromisoformat(str(city.market_days_close)) + timedelta(days=1)
    assert event["LOCATION"] == "Market Square"
    assert event["URL"] == f"{settings.GARAGE.site_url}/cities/{city.slug}/"
    assert str(event["UID"]).startswith(city.slug)
    assert event["DTSTAMP"]
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:P1D\r\n" in answer.content


def test_city_without_market_days_has_no_calendar(visitor: Client) -> None:
    city = factories.make_city(market_days_open=None, market_days_close=None, place=None)
    assert visitor.get(f"/cities/{city.slug}/market-days.ics").status_code == 404
    page = visitor.get(f"/cities/{city.slug}/").text
    assert "market-days.ics" not in page
    assert "Festival" not in page
    assert visitor.get(f"/cities/{city.slug}/programme.json").json()["city"]["marketDays"] is None


@pytest.mark.parametrize(
    "path", ["", "programme.json", "market-days.ics", "?q=lime&category=crafts"]
)
def test_public_responses_are_cacheable_with_etag(
    path: str, visitor: Client, maria: Actor, city: City
) -> None:
    url = f"/cities/{city.slug}/{path}"
    factories.approved(maria, city)
    shown = visitor.get(url)
    assert shown.headers["Cache-Control"] == "public, max-age=0, s-maxage=60, must-revalidate"
    assert "Set-Cookie" not in shown.headers
    assert not shown.cookies
    etag = shown.headers["ETag"]
    again = visitor.get(url, headers={"if-none-match": etag})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == etag
    assert again.headers["Cache-Control"] == shown.headers["Cache-Control"]
    save_changed(city)
    changed = visitor.get(url, headers={"if-none-match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def save_changed(city: City) -> None:
    factories.approved(factories.merchant(), city, name="Lime")
    city.place = "Elsewhere"
    save_city(factories.OPERATOR, city)


def test_page_with_next_page_has_stable_etag(
    visitor: Client, three: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("programme.views.PAGE_SIZE", 2)
    url = f"/cities/{three.slug}/"
    shown = visitor.get(url)
    assert 'rel="next"' in shown.text
    assert visitor.get(url, headers={"if-none-match": shown.headers["ETag"]}).status_code == 304


def test_page_for_signed_in_person_is_not_cached(visitor: Client, city: City) -> None:
    person = Client()
    sign_in(person, name="Maria Popescu")
    url = f"/cities/{city.slug}/"
    shown = person.get(url)
    assert "Maria Popescu" in shown.text
    assert shown.headers["Cache-Control"] == "private, no-store"
    everybody = visitor.get(url)
    assert everybody.headers["ETag"] != shown.headers["ETag"]
    assert "Cookie" in everybody.headers["Vary"]
    # The files are the same for all.
    for path in ("programme.json", "market-days.ics"):
        assert person.get(url + path).headers["ETag"] == visitor.get(url + path).headers["ETag"]


@pytest.mark.urls("tests.identity.urls")
def test_page_with_message_is_not_cached(visitor: Client, city: City) -> None:
    visitor.get("/noticed/")
    response = visitor.get(f"/cities/{city.slug}/")
    assert "Noted." in response.text
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "public" in visitor.get(f"/cities/{city.slug}/").headers["Cache-Control"]


@pytest.mark.parametrize("query", ["?category=nonsense", "?q=" + "x" * 500, "?q=%00", "?q="])
def test_invalid_parameters_are_ignored(query: str, visitor: Client, three: City) -> None:
    assert visitor.get(f"/cities/{three.slug}/{query}").status_code == 200


def test_invalid_cursor_is_not_found(visitor: Client, three: City) -> None:
    for cursor in ("x", "e30:x", "..", "%00"):
        assert visitor.get(f"/cities/{three.slug}/?cursor={cursor}").status_code == 404
