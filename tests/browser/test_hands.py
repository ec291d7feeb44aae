"""The main journey with less than a mouse and a script: without JavaScript, by keyboard alone."""

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from garage.actors import Actor
from markets.cities import City
from markets.models import Status
from markets.queries import page_of_markets
from tests import factories, images
from tests.browser import steps
from tests.browser.conftest import Browse

NAME = steps.TEXTS["Name of the market"]
MOST_STOPS = 60
"""Presses of the Tab key after which something counts as out of reach."""

IS_FOCUSED = "control => control === document.activeElement"
SHOWS_FOCUS = """control => {
  const { outlineStyle, outlineWidth } = getComputedStyle(control);
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
}"""


def test_without_javascript(
    browse: Browse, merchant: Client, officer: Client, maria: Actor, city: City
) -> None:
    page = browse(merchant, width=390, javascript=False)
    page.goto(f"/markets/apply/{city.slug}/")
    steps.fill_in(page)
    steps.add_photo(page, steps.photo_file())
    steps.press(page, "Add another photo")
    expect(steps.field(page, "Goods")).to_have_value(steps.TEXTS["Goods"])
    steps.add_photo(page, steps.photo_file(images.png()), number=2, alt_text="")
    steps.press(page, "Submit application")
    expect(page.locator(".error-summary").get_by_role("link")).to_have_text(
        ["Say what the photo shows."]
    )
    second = page.get_by_role("group", name="Photo 2")
    second.get_by_label("What the photo shows").fill("Carved stars on a table")
    steps.press(page, "Submit application")
    expect(page.get_by_role("status")).to_contain_text("is submitted")
    steps.expect_clean_photo(page.get_by_role("img", name="Carved stars on a table"))

    desk = browse(officer, width=390, javascript=False)
    desk.goto("/city-hall/")
    steps.follow(desk, NAME)
    steps.follow(desk, "To the decision")
    steps.press(desk, "Approve")
    expect(desk.get_by_role("status")).to_contain_text(f"{NAME} is approved.")
    (market,) = page_of_markets(maria).items
    assert market.status == Status.APPROVED


def test_rejecting_without_javascript(
    browse: Browse, officer: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    page = browse(officer, javascript=False)
    page.goto(steps.review_path(market))
    page.get_by_text("Reject with a reason").click()
    steps.field(page, "Reason").select_option("Another reason, given in the text")
    steps.press(page, "Reject")
    text = steps.field(page, "Text to the merchant")
    expect(text).to_have_accessible_description(
        "The merchant reads exactly this. Error: Write what the merchant shall read."
    )
    expect(steps.field(page, "Reason").locator("option:checked")).to_have_text(
        "Another reason, given in the text"
    )
    text.fill("We have met.")
    steps.press(page, "Reject")
    expect(page.get_by_role("status")).to_contain_text("is rejected")


def tab_to(page: Page, control: Locator) -> None:
    """Press Tab until the control is reached, and see that one sees it."""
    expect(control).to_be_visible()
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if control.evaluate(IS_FOCUSED):
            assert control.evaluate(SHOWS_FOCUS), f"{control} does not show its focus"
            return
    pytest.fail(f"{control} cannot be reached by the Tab key")


def test_by_keyboard_alone(
    browse: Browse, merchant: Client, officer: Client, maria: Actor, city: City
) -> None:
    page = browse(merchant)
    page.goto(f"/markets/apply/{city.slug}/")
    skip = page.get_by_role("link", name="Skip to the main content")
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    type_into(page, "Name of the market")
    choose(page, "Category")
    type_into(page, "Goods")
    type_into(page, "Average price")
    with page.expect_file_chooser() as chooser:
        tab_to(page, steps.field(page, "Photo"))
        page.keyboard.press("Enter")
    chooser.value.set_files(steps.photo_file())
    tab_to(page, steps.field(page, "What the photo shows"))
    page.keyboard.type(steps.ALT_TEXT)
    type_into(page, "Frontage in metres")
    type_into(page, "Power in kilowatts")
    tab_to(page, steps.field(page, "Needs running water"))
    page.keyboard.press("Space")
    type_into(page, "Legal name")
    type_into(page, "Telephone (optional)")
    choose(page, "Language of our messages to you")
    tab_to(page, page.get_by_role("button", name="Submit application"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is submitted")
    (market,) = page_of_markets(maria).items
    assert (market.needs_water, market.contact_email) == (True, "maria@example.com")

    desk = browse(officer)
    desk.goto("/city-hall/")
    tab_to(desk, desk.get_by_role("link", name=NAME))
    desk.keyboard.press("Enter")
    steps.expect_heading(desk, NAME)
    tab_to(desk, desk.get_by_role("button", name="Approve"))
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("is approved")
    assert steps.now(market).status == Status.APPROVED


def test_the_enter_key_never_hands_in(
    browse: Browse, merchant: Client, maria: Actor, city: City
) -> None:
    page = browse(merchant)
    page.goto(f"/markets/apply/{city.slug}/")
    steps.fill_in(page)
    steps.add_photo(page, steps.photo_file())
    steps.field(page, "Legal name").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("It is not submitted yet.")
    (market,) = page_of_markets(maria).items
    assert market.status == Status.DRAFT


def type_into(page: Page, label: str) -> None:
    tab_to(page, steps.field(page, label))
    page.keyboard.type(steps.TEXTS[label])


def choose(page: Page, label: str) -> None:
    """Choose by typing the beginning of the choice."""
    choice = steps.CHOICES[label]
    tab_to(page, steps.field(page, label))
    page.keyboard.type(choice[:3])
    expect(steps.field(page, label).locator("option:checked")).to_have_text(choice)
