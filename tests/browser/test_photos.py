"""The photos of an application in a browser: descriptions, order, other tabs, no JavaScript."""

import re

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from markets.operations import revise_market
from tests import factories, images
from tests.browser import steps
from tests.browser.conftest import Browse
from tests.browser.photos_page import (
    choose,
    description,
    expect_rows,
    path,
    rows,
    status_line,
    uploads,
)


@pytest.fixture
def draft(maria: Actor, city: City) -> Market:
    return factories.draft(maria, city, photos=())


def test_photo_descriptions_are_saved_while_typing(
    browse: Browse, merchant: Client, draft: Market
) -> None:
    page = browse(merchant)
    page.goto(path(draft))
    choose(
        page, steps.photo_file(images.jpeg((640, 480))), steps.photo_file(images.jpeg((800, 480)))
    )
    expect_rows(page, 2)
    description(page, 1).fill("The stall at night")
    rows(page).nth(1).get_by_label("What it is for").select_option("The goods")
    expect(status_line(page)).to_contain_text("Saved at")
    page.reload()
    expect(description(page, 1)).to_have_value("The stall at night")
    assert [photo.role for photo in steps.now(draft).photos] == [None, "goods"]


@pytest.fixture
def three(browse: Browse, merchant: Client, maria: Actor, draft: Market) -> Page:
    """The page of a draft with three photos, A, B and C."""
    photos = tuple(factories.photo(draft.market_id, alt_text=name) for name in "ABC")
    market = revise_market(maria, draft.key, expected_version=1, details={"photos": photos})
    steps.store_photos(market)
    page = browse(merchant)
    page.goto(path(draft))
    return page


def order(market: Market) -> str:
    return "".join(photo.alt_text for photo in steps.now(market).photos)


def test_photos_are_reordered_by_keyboard(three: Page, draft: Market) -> None:
    three.get_by_role("button", name="Up photo 3").focus()
    three.keyboard.press("Enter")
    expect(description(three, 2)).to_have_value("C")
    expect(three.get_by_role("button", name="Up photo 2")).to_be_focused()
    three.keyboard.press("Enter")
    expect(status_line(three)).to_contain_text("Saved at")
    three.get_by_role("button", name="Remove photo 3").press("Enter")
    expect_rows(three, 2)
    expect(three.get_by_role("button", name="Remove photo 2")).to_be_focused()
    three.get_by_role("button", name="Save and go to the list").click()
    three.wait_for_url(re.compile(f"/markets/{draft.market_id}/$"))
    assert order(draft) == "CA"


def test_photos_are_reordered_by_dragging(three: Page, draft: Market) -> None:
    picture = rows(three).nth(2).locator(".photo-handle")
    picture.scroll_into_view_if_needed()
    picture.hover()
    three.mouse.down()
    for _ in range(40):
        box = rows(three).first.bounding_box()
        assert box
        three.mouse.move(box["x"] + 40, max(box["y"], 5) + 10, steps=4)
        if description(three, 1).input_value() == "C":
            break
        three.mouse.wheel(0, -200)
    three.mouse.up()
    expect(status_line(three)).to_contain_text("Saved at")
    assert order(draft) == "CAB"


def test_session_end_loses_no_photos_or_text(three: Page, merchant: Client, draft: Market) -> None:
    signed_in = three.context.cookies()
    three.context.clear_cookies()
    description(three, 1).fill("Typed when signed out")
    expect(status_line(three)).to_contain_text("You are signed out. Sign in again in another tab")
    choose(three, steps.photo_file())
    expect(uploads(three)).to_contain_text("You are signed out.")
    assert order(draft) == "ABC"
    # In another tab, with another token against forgery.
    session_cookies = [
        cookie for cookie in signed_in if cookie["name"] != settings.CSRF_COOKIE_NAME
    ]
    three.context.add_cookies(session_cookies)  # type: ignore[arg-type]
    uploads(three).get_by_role("button", name="Try again").click()
    expect_rows(three, 4)
    description(three, 2).fill("Typed when signed in")
    expect(status_line(three)).to_contain_text("Saved at")
    assert order(draft) == "Typed when signed outTyped when signed inC"
    three.reload()
    expect(three.get_by_role("heading", name="This is not saved yet")).to_have_count(0)


def test_photos_above_limit_are_not_uploaded(three: Page, draft: Market) -> None:
    choose(
        three, *(steps.photo_file(images.jpeg((640, 480 + n)), name=f"{n}.jpg") for n in range(6))
    )
    expect_rows(three, 8)
    expect(uploads(three)).to_have_count(1)
    expect(uploads(three)).to_contain_text("You can show at most 8 photos.")
    assert len(steps.now(draft).photos) == 8


def test_concurrent_tabs_lose_no_photos(
    three: Page, browse: Browse, merchant: Client, draft: Market
) -> None:
    other = browse(merchant)
    other.goto(path(draft))
    choose(other, steps.photo_file())
    expect_rows(other, 4)
    description(three, 1).fill("A, entered in the first tab")
    expect(status_line(three)).to_contain_text("changed elsewhere")
    expect_rows(three, 4)
    expect(description(three, 1)).to_have_value("A, entered in the first tab")
    description(three, 4).fill("D")
    expect(status_line(three)).to_contain_text("Saved at")
    assert [photo.alt_text for photo in steps.now(draft).photos] == [
        "A, entered in the first tab", "B", "C", "D",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [390, 1280])
def test_photos_page_works_without_javascript(
    browse: Browse, merchant: Client, draft: Market, width: int
) -> None:
    page = browse(merchant, width=width, javascript=False)
    page.goto(path(draft))
    for number in (1, 2):
        choose(page, steps.photo_file(images.jpeg((640, 480 + number))))
        steps.press(page, "Add this photo")
        expect_rows(page, number)
        description(page, number).fill(f"Photo {number}")
    page.get_by_role("button", name="Up photo 2").click()
    expect(description(page, 1)).to_have_value("Photo 2")
    choose(page, steps.photo_file(images.svg(), name="stall.svg", kind="image/svg+xml"))
    steps.press(page, "Add this photo")
    expect(page.locator(".error-summary")).to_contain_text("SVG drawing")
    page.get_by_role("button", name="Remove photo 2").click()
    expect_rows(page, 1)
    steps.press(page, "Save and continue")
    assert [photo.alt_text for photo in steps.now(draft).photos] == ["Photo 2"]


def test_approved_photos_change_only_when_saved(
    browse: Browse, merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.approved(maria, city)
    page = browse(merchant)
    page.goto(path(market))
    expect(page.get_by_text("the city decides again")).to_be_visible()
    choose(page, steps.photo_file())
    expect_rows(page, 2)
    assert len(steps.now(market).photos) == 1
    page.once("dialog", lambda dialog: dialog.accept())
    steps.press(page, "Save and ask for a new decision")
    expect(page.locator(".error-summary")).to_contain_text("Say what the photo shows.")
    description(page, 2).fill("The goods")
    steps.press(page, "Save and ask for a new decision")
    expect(page.get_by_role("status").first).to_contain_text("are saved")
    assert [photo.alt_text for photo in steps.now(market).photos][1] == "The goods"
