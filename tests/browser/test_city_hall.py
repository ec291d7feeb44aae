"""The city hall's pages: with the keyboard only, on a phone, without JavaScript."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.models import Market, Status
from markets.operations import revise_market, submit_market
from tests import factories
from tests.browser import steps
from tests.browser.conftest import Browse
from tests.browser.test_keyboard_and_no_script import IS_FOCUSED, tab_to

VIEW = "?category=sweets"
ASKED = "Say what is in the sweets, all of it. a r c u j k ?"


def queue_of_sweets(city: City, maria: Actor, number: int) -> list[Market]:
    """Fill a queue with sweets, the oldest first, and other applications between them."""
    made = []
    for turn in range(number):
        with clock.freeze(clock.now() - timedelta(days=9, minutes=-turn)):
            merchant = maria if turn == 1 else factories.merchant()
            made.append(
                factories.submitted(merchant, city, name=f"Sweets {turn + 1}", category="sweets")
            )
            factories.submitted(factories.merchant(), city, name=f"Rides {turn}", category="rides")
    return made


def press(page: Page, key: str) -> None:
    """Press a key as soon as the page handles it: from then on its button is visible."""
    expect(page.get_by_role("button", name="Keys", exact=True)).to_be_visible()
    page.keyboard.press(key)


def decide(page: Page, key: str, button: str) -> None:
    """Go to a button by its key, and press it."""
    press(page, key)
    expect(page.get_by_role("button", name=button, exact=True)).to_be_focused()
    page.keyboard.press("Enter")


def ask_for_changes(page: Page, text: str) -> None:
    press(page, "c")
    tab_to(page, page.get_by_text("Goods", exact=True).and_(page.locator("summary")))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("[name=ask_description]"))
    page.keyboard.type(text)
    tab_to(page, page.get_by_role("button", name="Ask for changes", exact=True))
    page.keyboard.press("Enter")


def reject(page: Page, text: str) -> None:
    press(page, "r")
    form = page.locator("form[action*='/reject/']")
    expect(form).to_be_visible()
    reason = form.get_by_label("Reason")
    if not reason.evaluate(IS_FOCUSED):
        tab_to(page, reason)
    page.keyboard.type("No sp")
    tab_to(page, form.get_by_label("Text to the merchant"))
    page.keyboard.type(text)
    tab_to(page, page.get_by_role("button", name="Reject", exact=True))
    page.keyboard.press("Enter")


def answer(asked: Market, goods: str) -> None:
    """Change what the city has asked for, and submit it, as its merchant."""
    merchant = Actor.merchant(asked.user_id)
    version = int(steps.now(asked).version or 0)
    details = {"description": goods}
    revised = revise_market(merchant, asked.key, expected_version=version, details=details)
    submit_market(merchant, asked.key, expected_version=int(revised.version or 0))


def position(page: Page) -> Locator:
    return page.get_by_role("navigation", name="List").locator("[data-place]")


def test_officer_decides_with_keyboard_only(
    browse: Browse, officer: Client, maria: Actor, city: City
) -> None:
    markets = queue_of_sweets(city, maria, 22)
    page = browse(officer)
    page.goto(f"/city-hall/{city.slug}/{VIEW}")
    press(page, "j")
    press(page, "j")
    expect(page.get_by_role("link", name="Sweets 2", exact=True)).to_be_focused()
    press(page, "k")
    page.keyboard.press("Enter")
    steps.expect_heading(page, "Sweets 1")
    expect(position(page)).to_have_text("1 / 22")

    decide(page, "a", "Approve")
    steps.expect_heading(page, "Sweets 2")
    expect(position(page)).to_have_text("1 / 21")

    ask_for_changes(page, ASKED)
    steps.expect_heading(page, "Sweets 3")
    reject(page, "All is let.")
    steps.expect_heading(page, "Sweets 4")
    assert steps.now(markets[2]).status == Status.REJECTED
    press(page, "u")
    steps.expect_heading(page, "Sweets 3")
    decide(page, "u", "Undo")
    expect(page.get_by_role("status")).to_contain_text("is undone")
    assert steps.now(markets[2]).status == Status.SUBMITTED
    for turn in range(3, 21):
        steps.expect_heading(page, f"Sweets {turn}")
        decide(page, "a", "Approve")
    steps.expect_heading(page, "Sweets 21")
    press(page, "j")
    steps.expect_heading(page, "Sweets 22")
    press(page, "k")
    steps.expect_heading(page, "Sweets 21")
    expect(position(page)).to_have_text("1 / 2")
    assert [steps.now(market).status for market in markets] == [
        "approved",
        "changes_requested",
        *["approved"] * 18,
        "submitted",
        "submitted",
    ]

    answer(markets[1], "Gingerbread: flour, honey, spices")
    press(page, "b")
    press(page, "k")
    expect(page.get_by_role("link", name="Sweets 2", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    since = page.get_by_role("region", name="Since the city last reviewed it")
    expect(since).to_contain_text(ASKED)
    expect(since.locator("ins")).to_have_text("Gingerbread: flour, honey, spices")
    decide(page, "a", "Approve")
    # It was the last one in the list.
    expect(page).to_have_url(re.compile(rf"/city-hall/{city.slug}/\?category=sweets$"))
    assert steps.now(markets[1]).status == Status.APPROVED


def test_shortcuts_do_not_interfere_with_typing(
    browse: Browse, officer: Client, city: City
) -> None:
    factories.submitted(factories.merchant(), city, name="Sweets")
    page = browse(officer)
    page.goto(f"/city-hall/{city.slug}/")
    link, keys = page.get_by_role("link", name="Sweets"), page.get_by_role("dialog", name="Keys")
    search = page.get_by_role("searchbox")

    press(page, "/")
    expect(search).to_be_focused()
    page.keyboard.type("jk?x/")
    expect(search).to_have_value("jk?x/")
    expect(keys).to_be_hidden()
    page.get_by_label("Category").focus()
    page.keyboard.press("j")
    expect(link).not_to_be_focused()
    search.fill("")
    search.blur()
    for pressed in ("Control+j", "Alt+j", "Meta+j", "Shift+J"):
        page.keyboard.press(pressed)
        expect(link).not_to_be_focused()

    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("j")
    expect(link).not_to_be_focused()
    keys.get_by_label("Single keys work on this device").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(link).not_to_be_focused()
    page.reload()
    press(page, "j")
    expect(link).not_to_be_focused()

    steps.press(page, "Keys")
    keys.get_by_label("Single keys work on this device").check()
    steps.press(page, "Close")
    page.keyboard.press("j")
    expect(link).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name=re.compile("Sweets"))).to_be_checked()
    expect(page.get_by_text("Those selected (1)")).to_be_visible()


def test_every_shortcut_has_visible_control(browse: Browse, officer: Client, city: City) -> None:
    markets = [factories.submitted(factories.merchant(), city) for _ in range(3)]
    decided = factories.approved(factories.merchant(), city)
    page, seen = browse(officer), set()
    for path in (
        f"/city-hall/{city.slug}/",
        steps.review_url(markets[1]),
        steps.review_url(decided),
        steps.review_url(markets[1]) + "photos/1/",
    ):
        page.goto(path)
        for control in page.locator("[aria-keyshortcuts]").all():
            expect(control).to_be_visible()
            seen |= set((control.get_attribute("aria-keyshortcuts") or "").split())
    listed = set(page.locator("dialog.keys dt kbd").all_text_contents())
    # Enter belongs to the browser; x ticks the box of a row.
    assert listed - {"Enter", "x", "←", "→"} == seen - {"ArrowLeft", "ArrowRight"}


def test_error_summary_links_to_field(
    browse: Browse, officer: Client, maria: Actor, city: City
) -> None:
    (market,) = queue_of_sweets(city, maria, 1)
    page = browse(officer)
    page.goto(steps.review_url(market))
    press(page, "c")
    page.locator("form[action*='/request-changes/']").get_by_role(
        "button", name="Ask for changes"
    ).click()
    steps.follow(page, "Say for at least one field what to change.")
    expect(page.get_by_role("group", name="What should the merchant change?")).to_be_focused()
    decide(page, "a", "Approve")
    press(page, "u")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is undone")


def test_photos_are_browsed_with_shortcuts(
    browse: Browse, officer: Client, maria: Actor, city: City
) -> None:
    key = factories.draft(maria, city).key
    photos = tuple(factories.photo(key.market_id, alt_text=f"View {n}") for n in (1, 2, 3))
    revise_market(maria, key, expected_version=1, details={"photos": photos})
    market = submit_market(maria, key, expected_version=2)
    steps.store_photos(market)
    page = browse(officer)
    page.goto(steps.review_url(market) + VIEW)
    for number, pressed in ((1, "ArrowRight"), (2, "ArrowRight"), (3, "j"), (2, "ArrowLeft")):
        press(page, pressed)
        expect(page.get_by_role("img", name=f"View {number}")).to_be_visible()
    press(page, "b")
    expect(page).to_have_url(re.compile(re.escape(steps.review_url(market) + VIEW) + "$"))


@pytest.mark.parametrize("javascript", [True, False])
def test_bulk_action_on_phone(
    browse: Browse, officer: Client, city: City, *, javascript: bool
) -> None:
    first, second, third = (
        factories.submitted(factories.merchant(), city, name=f"Sweets {n}") for n in (1, 2, 3)
    )
    page = browse(officer, width=390, javascript=javascript)
    page.goto(f"/city-hall/{city.slug}/")
    page.get_by_label("What to do").select_option("Reject")
    steps.press(page, "Preview")
    expect(page.get_by_role("alert")).to_contain_text("Nothing is selected.")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    for number in (1, 2):
        page.get_by_label(f"Select Sweets {number},").check()
    steps.press(page, "Preview")
    steps.expect_heading(page, "Reject: 2 of 2 applications")
    page.get_by_label("Reason").select_option("No space left in this category")
    page.get_by_label("Text to the merchants").fill("All is let.")

    revise_market(
        Actor.merchant(second.user_id),
        second.key,
        expected_version=int(second.version or 0),
        details={"description": "Something else"},
    )
    steps.press(page, "Reject: 2 applications")
    steps.expect_heading(page, "1 of 2 applications done")
    expect(page.get_by_role("row", name=re.compile("Sweets 2"))).to_contain_text("Not changed")
    assert [steps.now(market).status for market in (first, second, third)] == [
        "rejected",
        "submitted",
        "submitted",
    ]
