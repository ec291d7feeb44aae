"""The statistics page, and the search in the programme."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from approvals.statistics.queries import count_city
from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.models import Category
from markets.operations import withdraw_market
from tests import factories
from tests.browser import steps
from tests.browser.conftest import Browse
from tests.browser.inspection import Inspect, show
from tests.clients import sign_in


@pytest.fixture
def programme(maria: Actor, city: City) -> Callable[[Page, str], None]:
    """Publish two markets; then open a page's programme, with the query given."""
    for name, goods, category in (
        ("Wolle", "Mützen und Socken", Category.CRAFTS),
        ("Kürtős", "Chimney cake. " * 20, Category.SWEETS),
    ):
        steps.store_photos(
            factories.approved(maria, city, name=name, description=goods, category=category.value)
        )

    def open_programme(page: Page, query: str = "") -> None:
        page.goto(f"/cities/{city.slug}/{query}")

    return open_programme


def names(page: Page) -> list[str]:
    headings = page.locator("[data-market]:visible").get_by_role("heading", level=2)
    return headings.all_inner_texts()


def test_statistics_page(browse: Browse, inspect: Inspect, maria: Actor) -> None:
    long_ago = clock.now().date() - timedelta(days=60)
    city, officer = factories.make_city(opens=long_ago.isoformat()), Client()
    sign_in(officer, cities=[city.slug])
    page = browse(officer)
    path = f"/city-hall/{city.slug}/statistics/"
    show(inspect, page, path)
    with clock.freeze(clock.now() - timedelta(days=40)):
        for category in Category:
            factories.submitted(maria, city, category=category.value)
        for _ in range(2):
            factories.approved(maria, city)
    factories.rejected(maria, city, category="sweets")
    count_city.forget(city.slug)
    page.goto(f"/city-hall/{city.slug}/")
    steps.follow(page, "Statistics and export")
    steps.expect_heading(page, "Statistics")
    inspect(page, "statistics")
    charts = page.get_by_role("img")
    expect(charts).to_have_count(5)
    for chart in charts.all():
        box = chart.bounding_box()
        assert box
        assert box["width"] > 200
        # The style sheet applies: a bar has the colour of its class.
        assert (
            chart.locator("rect").first.evaluate("bar => getComputedStyle(bar).fill")
            != "rgb(0, 0, 0)"
        )
    # What scrolls is reachable by keyboard.
    numbers = page.get_by_role("region", name="Share approved, in numbers")
    numbers.focus()
    expect(numbers).to_be_focused()
    with page.expect_download() as download:
        steps.follow(page, "Share approved as CSV")
    assert download.value.suggested_filename.startswith(f"{city.slug}-approved-")
    for link, ending in (("Spreadsheet (XLSX)", "xlsx"), ("CSV", "csv")):
        with page.expect_download() as download:
            steps.follow(page, link)
        assert download.value.suggested_filename.endswith(f".{ending}")
        assert download.value.failure() is None


def test_programme_is_searched_while_typing(
    browse: Browse, inspect: Inspect, programme: Callable[..., None]
) -> None:
    page = browse()
    programme(page)
    inspect(page, "programme with a search")
    assert names(page) == ["Wolle", "Kürtős"]
    search = page.get_by_label("Name or goods")
    status = page.get_by_role("status")
    search.press_sequentially("mutzen")
    expect(status).to_have_text("1 stall found.")
    assert names(page) == ["Wolle"]
    inspect(page, "programme while typing")
    search.fill("")
    expect(status).to_have_text("")
    assert names(page) == ["Wolle", "Kürtős"]
    search.fill("kurtos")
    search.press("Enter")
    expect(page).to_have_url(re.compile("q=kurtos"))
    expect(status).to_have_text("1 stall found for “kurtos”.")
    search.fill("")
    # This page shows what was searched for, not everything.
    expect(status).to_contain_text("Press Enter")
    steps.follow(page, "Show all")
    assert names(page) == ["Wolle", "Kürtős"]


def test_programme_works_without_javascript(
    browse: Browse, inspect: Inspect, programme: Callable[..., None]
) -> None:
    page = browse(javascript=False)
    programme(page)
    page.get_by_role("navigation", name="Category").get_by_role("link", name="Sweets").click()
    assert names(page) == ["Kürtős"]
    page.get_by_label("Name or goods").fill("mützen")
    steps.press(page, "Search")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    expect(page).to_have_url(re.compile("category=sweets"))
    other = browse()
    programme(other, "?q=nothing+like+this")
    inspect(other, "programme in which nothing is found")


def test_cached_programme_drops_withdrawn_stall_at_once(
    browse: Browse, programme: Callable[..., None], maria: Actor, city: City
) -> None:
    market = factories.approved(maria, city, name="Gone soon")
    page = browse()
    programme(page)
    assert "Gone soon" in names(page)
    withdraw_market(maria, market.key, expected_version=3)
    programme(page)
    assert "Gone soon" not in names(page)
