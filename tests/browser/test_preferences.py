"""Preferences of the browser: larger text, forced colours."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import Page

from approvals.review import operations
from approvals.statistics.queries import count_city
from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.operations import revise_market, withdraw_market
from tests import factories
from tests.browser import steps
from tests.browser.conftest import Browse
from tests.clients import sign_in

PHONE = 390  # pixels
Pages = dict[Client, Page]
Fits = Callable[[Client, str], None]
"""Open a person's page on a phone, with text twice as large: assert that it does not overflow."""

WIDTH_AT_200_PERCENT = """() => {
  document.documentElement.style.fontSize = "200%";
  document.querySelectorAll("details").forEach((each) => { each.open = true; });
  return document.documentElement.scrollWidth;
}"""


@pytest.fixture
def fits(browse: Browse) -> Fits:
    pages: Pages = {}

    def look_at(client: Client, path: str) -> None:
        page = pages.get(client) or pages.setdefault(client, browse(client, width=PHONE))
        answer = page.goto(path)
        assert answer
        assert answer.status == 200
        assert page.evaluate(WIDTH_AT_200_PERCENT) == PHONE, path

    return look_at


def test_merchant_pages_fit_at_200_percent_text(
    fits: Fits, merchant: Client, maria: Actor, city: City
) -> None:
    for market in (
        factories.draft(maria, city, name="W" * 80),
        factories.submitted(maria, city),
        factories.approved(maria, city),
        factories.rejected(maria, city),
        withdraw_market(maria, factories.submitted(maria, city).key, expected_version=2),
    ):
        steps.store_photos(market)
        fits(merchant, f"/markets/{market.market_id}/")
    draft = factories.draft(maria, city)
    for part in ("market/", "goods/", "photos/", "stall/", "merchant/", "check/"):
        fits(merchant, f"/markets/{draft.market_id}/{part}")
    for path in ("/markets/", "/sessions/", "/account/", "/", f"/cities/{city.slug}/"):
        fits(merchant, path)


def test_city_hall_pages_fit_at_200_percent_text(fits: Fits, maria: Actor) -> None:
    long_ago = clock.now().date() - timedelta(days=60)
    city, officer = factories.make_city(opens=long_ago.isoformat()), Client()
    sign_in(officer, cities=[city.slug])
    with clock.freeze(clock.now() - timedelta(days=40)):
        factories.approved(maria, city)
        market = factories.submitted(maria, city, name="W" * 80)
    steps.store_photos(market)
    count_city.forget(city.slug)
    review = steps.review_url(market)
    for path in (review, f"{review}photos/1/", f"{review}case-file/"):
        fits(officer, path)
    for path in ("", "?status=all", "statistics/", "reply-templates/", "reply-templates/add/"):
        fits(officer, f"/city-hall/{city.slug}/{path}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marked_lines_are_readable_in_forced_colours(
    browse: Browse, officer: Client, maria: Actor, city: City, scheme: str
) -> None:
    market = factories.submitted(maria, city, description="Stars\nSpoons")
    operations.request_changes(
        factories.officer(city.slug),
        city.slug,
        market.key,
        expected_version=2,
        requests=[("marketDescription", "More, please.")],
        text="",
    )
    revise_market(
        maria, market.key, expected_version=3, details={"description": "Stars\nSpoons of lime"}
    )
    page = browse(officer)
    page.emulate_media(forced_colors="active", color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(steps.review_url(market))
    mark = page.locator(".changes mark").first
    colour, background = mark.evaluate(
        "mark => [getComputedStyle(mark).color, getComputedStyle(mark).backgroundColor]"
    )
    assert background.startswith("rgb("), "it has no background of its own"
    assert colour != background
