"""The main journey without JavaScript, and with the keyboard only."""

import pytest
from django.test import Client
from playwright.sync_api import FileChooser, Locator, Page, expect

from core.actors import Actor
from markets.cities.models import City
from markets.models import Status
from markets.queries import page_of_markets
from tests import factories, images
from tests.browser import steps
from tests.browser.conftest import Browse

NAME = steps.TEXTS["Name of the market"]
MAX_TAB_PRESSES = 60
"""Presses of the Tab key after which a control counts as unreachable."""

IS_FOCUSED = "control => control === document.activeElement"
SHOWS_FOCUS = """control => {
  const { outlineStyle, outlineWidth } = getComputedStyle(control);
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
}"""


def test_journey_without_javascript(
    browse: Browse, merchant: Client, officer: Client, maria: Actor, city: City
) -> None:
    page = browse(merchant, width=390, javascript=False)
    steps.begin(page, city)
    steps.fill_in(page)
    steps.follow(page, "Photos")
    steps.add_photo(page, steps.photo_file(), scripted=False)
    steps.add_photo(page, steps.photo_file(images.png()), alt_text="", scripted=False)
    steps.press(page, "Save and continue")
    steps.follow(page, NAME)
    steps.follow(page, "Check your answers and submit")
    steps.press(page, "Submit application")
    summary = page.locator(".error-summary")
    expect(summary.get_by_role("link")).to_have_text(["Say what each photo shows."])
    summary.get_by_role("link").click()
    page.get_by_label("What the photo shows").last.fill("Carved stars on a table")
    steps.press(page, "Save and check your answers")
    steps.press(page, "Submit application")
    expect(page.get_by_role("status")).to_contain_text("is submitted")
    steps.expect_clean_photo(page.get_by_role("img", name="Carved stars on a table"))

    officer_page = browse(officer, width=390, javascript=False)
    officer_page.goto("/city-hall/")
    steps.follow(officer_page, NAME)
    steps.follow(officer_page, "To the decision")
    steps.press(officer_page, "Approve")
    expect(officer_page.get_by_role("status")).to_contain_text(f"{NAME}: approved.")
    (market,) = page_of_markets(maria).items
    assert market.status == Status.APPROVED


def test_rejection_without_javascript(
    browse: Browse, officer: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    page = browse(officer, javascript=False)
    page.goto(steps.review_url(market))
    page.get_by_text("Reject with a reason").click()
    steps.field(page, "Reason").select_option("Another reason, given in the text")
    steps.press(page, "Reject")
    text = page.locator("#reject_text")
    expect(text).to_have_accessible_description(
        "The merchant reads exactly this. Error: Write the text to the merchant."
    )
    expect(steps.field(page, "Reason").locator("option:checked")).to_have_text(
        "Another reason, given in the text"
    )
    text.fill("We have met.")
    steps.press(page, "Reject")
    expect(page.get_by_role("status")).to_contain_text(": rejected.")


def tab_to(page: Page, control: Locator) -> None:
    """Press Tab until the control is reached; assert that it shows its focus."""
    expect(control).to_be_visible()
    page.wait_for_load_state()  # until then the style sheet may be missing
    for _ in range(MAX_TAB_PRESSES):
        page.keyboard.press("Tab")
        if control.evaluate(IS_FOCUSED):
            assert control.evaluate(SHOWS_FOCUS), f"{control} does not show its focus"
            return
    pytest.fail(f"{control} cannot be reached by the Tab key")


def tab_back_to(page: Page, control: Locator) -> None:
    for _ in range(MAX_TAB_PRESSES):
        if control.evaluate(IS_FOCUSED):
            return
        page.keyboard.press("Shift+Tab")
    pytest.fail(f"{control} cannot be reached backwards")


def follow_by_keyboard(page: Page, link: str) -> None:
    tab_to(page, page.get_by_role("link", name=link, exact=True))
    page.keyboard.press("Enter")


def press_by_keyboard(page: Page, button: str) -> None:
    tab_to(page, page.get_by_role("button", name=button, exact=True))
    page.keyboard.press("Enter")


def answer_all(page: Page) -> None:
    """Answer everything, one part after another, from the list of parts to the submission."""
    choosers: list[FileChooser] = []

    def note(chooser: FileChooser) -> None:
        choosers.append(chooser)

    # From the beginning: the browser needs a moment until it passes on its dialogs.
    page.on("filechooser", note)
    follow_by_keyboard(page, "The market")
    type_into(page, "Name of the market")
    choose(page, "Category")
    press_by_keyboard(page, "Save and continue")
    steps.expect_heading(page, "Goods and price")
    type_into(page, "Goods")
    type_into(page, "Average price")
    press_by_keyboard(page, "Save and continue")
    steps.expect_heading(page, "Photos")
    expect(page.locator(".form--scripted")).to_be_visible()
    tab_to(page, page.locator("input[type=file]"))
    page.keyboard.press("Enter")
    steps.wait_until(page, lambda: bool(choosers))
    choosers[0].set_files(steps.photo_file())
    expect(page.locator(".photo-row")).to_have_count(1)
    page.keyboard.press("Shift+Tab")
    tab_back_to(page, page.get_by_label("What the photo shows"))
    page.keyboard.type(steps.ALT_TEXT)
    press_by_keyboard(page, "Save and continue")
    steps.expect_heading(page, "What the stall needs")
    type_into(page, "Frontage in metres (optional)")
    type_into(page, "Power in kilowatts (optional)")
    tab_to(page, steps.field(page, "Needs running water"))
    page.keyboard.press("Space")
    press_by_keyboard(page, "Save and continue")
    steps.expect_heading(page, "Who you are")
    type_into(page, "Legal name")
    type_into(page, "Telephone (optional)")
    choose(page, "Language of our messages to you")
    press_by_keyboard(page, "Save and continue")
    steps.expect_heading(page, "Check your answers")
    press_by_keyboard(page, "Submit application")
    expect(page.get_by_role("status")).to_contain_text("is submitted")


def test_journey_by_keyboard_only(
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
    press_by_keyboard(page, "Begin the application")

    answer_all(page)
    (market,) = page_of_markets(maria).items
    assert (market.needs_water, market.contact_email) == (True, "maria@example.com")

    officer_page = browse(officer)
    officer_page.goto("/city-hall/")
    tab_to(officer_page, officer_page.get_by_role("link", name=NAME))
    officer_page.keyboard.press("Enter")
    steps.expect_heading(officer_page, NAME)
    tab_to(officer_page, officer_page.get_by_role("button", name="Approve"))
    officer_page.keyboard.press("Enter")
    expect(officer_page.get_by_role("status")).to_contain_text(": approved.")
    assert steps.now(market).status == Status.APPROVED


def test_enter_key_does_not_submit_application(
    browse: Browse, merchant: Client, maria: Actor, city: City
) -> None:
    page = browse(merchant)
    steps.begin(page, city)
    steps.fill_in(page)
    steps.add_photo_from_list(page)
    steps.follow(page, "Who you are")
    steps.field(page, "Legal name").press("Enter")
    steps.expect_heading(page, "Check your answers")
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
