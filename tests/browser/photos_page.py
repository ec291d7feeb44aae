"""What the tests do on the photos page of an application."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from markets.models import Market


def path(market: Market) -> str:
    return f"/markets/{market.market_id}/photos/"


def rows(page: Page) -> Locator:
    return page.locator(".photo-row")


def expect_rows(page: Page, count: int) -> None:
    """Wait for so many photos: each is sent, verified and encoded three times."""
    expect(rows(page)).to_have_count(count, timeout=90_000)


def uploads(page: Page) -> Locator:
    return page.locator("[data-uploads] > li")


def status_line(page: Page) -> Locator:
    return page.locator("[data-status]")


def choose(page: Page, *files: Any) -> None:
    page.locator("#id_upload").set_input_files(list(files))


def description(page: Page, number: int) -> Locator:
    return rows(page).nth(number - 1).get_by_label("What the photo shows")
