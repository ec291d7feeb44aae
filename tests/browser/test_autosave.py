"""A section is saved while the merchant types; input survives lost connections and sessions."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from markets.operations import revise_market
from tests import factories
from tests.account import Login, make_person
from tests.browser import steps
from tests.browser.conftest import Browse

SAVED = re.compile(r"Saved at \d\d:\d\d")
WIDTHS = pytest.mark.parametrize("width", [390, 1280])


@pytest.fixture
def draft(maria: Actor, city: City) -> Market:
    return factories.draft(maria, city)


def goods(market: Market) -> str:
    return f"/markets/{market.market_id}/goods/"


def test_input_is_saved_and_page_shows_time(
    browse: Browse, merchant: Client, draft: Market
) -> None:
    page = browse(merchant, width=390)
    page.goto(goods(draft))
    box = steps.field(page, "Goods")
    box.fill("Carved stars")
    expect(page.locator("#saved")).to_have_text(SAVED)
    box.press_sequentially(" and spoons")
    expect(box).to_be_focused()
    expect(page.locator("#expected_version")).to_have_value("3")
    assert steps.now(draft).description == "Carved stars and spoons"
    steps.press(page, "Save and continue")
    steps.expect_heading(page, "Photos")
    assert steps.now(draft).version == 3  # the button had nothing left to save


def test_input_before_scripts_arrive_is_saved(
    browse: Browse, merchant: Client, draft: Market
) -> None:
    page = browse(merchant)
    scripts = steps.hold_back(page, r"/(htmx|autosave)[^/]*\.js$")
    page.goto(goods(draft), wait_until="commit")
    steps.field(page, "Goods").fill("Carved stars")
    steps.wait_until(page, lambda: len(scripts) == 2)
    for script in scripts:
        script.continue_()
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert steps.now(draft).description == "Carved stars"


def test_invalid_value_is_reported_without_moving_focus(
    browse: Browse, merchant: Client, draft: Market
) -> None:
    page = browse(merchant)
    page.goto(goods(draft))
    price = steps.field(page, "Average price")
    price.fill("99999")
    expect(page.locator("#id_average_price_error")).to_contain_text("less than or equal to 10000")
    expect(price).to_have_attribute("aria-invalid", "true")
    expect(price).to_have_accessible_description(re.compile("less than or equal to 10000"))
    expect(price).to_be_focused()
    expect(price).to_have_value("99999")
    steps.field(page, "Goods").fill("Saved all the same")
    expect(page.locator("#expected_version")).to_have_value("2")
    expect(page.locator("#saved")).to_contain_text("The rest is saved")
    assert steps.now(draft).description == "Saved all the same"
    price.fill("9")
    expect(page.locator("#saved")).to_have_text(SAVED)
    expect(page.locator("#id_average_price_error")).to_be_empty()
    expect(price).not_to_have_attribute("aria-invalid", "true")


def test_change_in_other_tab_is_shown_and_overwritten_by_button(
    browse: Browse, merchant: Client, maria: Actor, draft: Market
) -> None:
    page = browse(merchant)
    page.goto(goods(draft))
    revise_market(maria, draft.key, expected_version=1, details={"description": "From elsewhere"})
    steps.field(page, "Goods").fill("Typed here")
    problem = page.locator("#save-problem")
    expect(problem).to_contain_text("changed elsewhere")
    expect(problem.locator("del")).to_have_text("From elsewhere")
    steps.field(page, "Goods").press_sequentially(", and more")
    expect(problem.locator("ins")).to_have_text("Typed here, and more")
    assert steps.now(draft).description == "From elsewhere"
    steps.press(page, "Save and go to the list")
    steps.expect_heading(page, draft.name)
    assert steps.now(draft).description == "Typed here, and more"


def test_other_section_in_other_tab_is_no_conflict(
    browse: Browse, merchant: Client, maria: Actor, draft: Market
) -> None:
    page = browse(merchant)
    page.goto(goods(draft))
    revise_market(maria, draft.key, expected_version=1, details={"name": "Another name"})
    steps.field(page, "Goods").fill("Typed here")
    expect(page.locator("#saved")).to_have_text(SAVED)
    saved = steps.now(draft)
    assert (saved.name, saved.description) == ("Another name", "Typed here")


def test_save_is_retried_after_connection_loss(
    browse: Browse, merchant: Client, draft: Market
) -> None:
    page = browse(merchant)
    page.goto(goods(draft))
    page.context.set_offline(offline=True)
    steps.field(page, "Goods").fill("Typed offline")
    expect(page.locator("#save-problem")).to_contain_text("no connection")
    assert steps.now(draft).description != "Typed offline"
    page.context.set_offline(offline=False)
    expect(page.locator("#saved")).to_have_text(SAVED)
    assert steps.now(draft).description == "Typed offline"


def test_leaving_page_at_once_saves_input(browse: Browse, merchant: Client, draft: Market) -> None:
    page = browse(merchant)
    page.goto(goods(draft))
    steps.field(page, "Goods").fill("The last word")
    page.goto("/markets/")  # within the second
    steps.wait_until(page, lambda: steps.now(draft).description == "The last word")


def begin_at(page: Page, city: City, part: str) -> Login:
    """Sign in as a new merchant at the hosted pages, begin an application, open a section."""
    person = make_person()
    page.goto(f"/markets/apply/{city.slug}/")
    sign_in(page, person)
    steps.press(page, "Begin the application")
    steps.follow(page, part)
    return person


def sign_in(page: Page, person: Login) -> None:
    steps.follow(page, "Continue with e-mail and password")
    steps.answer_hosted_page(page, person)


@WIDTHS
def test_input_survives_session_end_while_typing(browse: Browse, city: City, width: int) -> None:
    page = browse(width=width)
    person = begin_at(page, city, "Goods and price")
    steps.field(page, "Goods").fill("Typed before")
    expect(page.locator("#saved")).to_have_text(SAVED)

    steps.end_sessions(person.sub)
    steps.field(page, "Goods").fill("Typed before\nand after")
    expect(page.locator("#save-problem")).to_contain_text(
        "You were signed out. What you entered is kept"
    )
    steps.follow(page, "sign in again")
    sign_in(page, person)
    steps.expect_heading(page, "Goods and price")
    expect(page.get_by_role("heading", name="This is not saved yet")).to_be_visible()
    expect(steps.field(page, "Goods")).to_have_value("Typed before\nand after")
    steps.press(page, "Save and go to the list")
    steps.follow(page, "Goods and price")
    expect(steps.field(page, "Goods")).to_have_value("Typed before\nand after")
    expect(page.get_by_role("heading", name="This is not saved yet")).to_have_count(0)


@WIDTHS
@pytest.mark.parametrize("cookies", [True, False], ids=["session ended", "cookies gone"])
def test_form_survives_session_end_without_javascript(
    browse: Browse, city: City, width: int, *, cookies: bool
) -> None:
    page = browse(width=width, javascript=False)
    person = begin_at(page, city, "Who you are")
    for label in steps.PARTS["Who you are"]:
        steps.answer(page, label)
    if cookies:
        steps.end_sessions(person.sub)
    else:
        page.context.clear_cookies()
    steps.press(page, "Save and continue")
    expect(page.get_by_text("What you entered is kept")).to_be_visible()
    sign_in(page, person)
    steps.expect_heading(page, "Who you are")
    expect(steps.field(page, "Legal name")).to_have_value(steps.TEXTS["Legal name"])
    expect(
        steps.field(page, "Language of our messages to you").locator("option:checked")
    ).to_have_text("Română")
    steps.press(page, "Save and go to the list")
    expect(page.get_by_role("listitem").filter(has_text="Who you are")).to_contain_text("Done")


def test_input_survives_sign_in_in_other_tab(browse: Browse, city: City) -> None:
    page = browse()
    person = begin_at(page, city, "Goods and price")
    steps.end_sessions(person.sub)
    other = page.context.new_page()
    other.goto("/sign-in/?with=email")
    steps.answer_hosted_page(other, person)
    steps.expect_heading(other, "My applications")

    steps.field(page, "Goods").fill("Typed in the old tab")
    expect(page.locator("#save-problem")).to_contain_text("You have signed in again")
    steps.follow(page, "load the page again")
    expect(steps.field(page, "Goods")).to_have_value("Typed in the old tab")
    steps.press(page, "Save and continue")
    steps.expect_heading(page, "Photos")
