"""An application with invalid input and double clicks: errors at their fields, no lost input."""

import re
from collections.abc import Mapping

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from core.actors import Actor
from markets.cities.models import City
from markets.models import Status
from markets.queries import page_of_markets
from tests import factories
from tests.browser import steps
from tests.browser.conftest import Browse
from tests.clients import sign_in

MISSING: Mapping[str, Mapping[str, str]] = {
    "The market": {
        "Name of the market": "Enter the name of the market.",
        "Category": "Choose a category.",
    },
    "Goods and price": {
        "Goods": "List the goods that you sell.",
        "Average price": "Enter the average price.",
    },
    "Who you are": {
        "Legal name": "Enter the legal name.",
        "E-mail address": "Enter an e-mail address.",
        "Language of our messages to you": "Choose a language.",
    },
}
WRONG: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "The market": {"Name of the market": ("n" * 81, "at most 80 characters")},
    "Goods and price": {
        "Goods": ("g" * 4001, "at most 4000 characters"),
        "Average price": ("-1", "greater than or equal to 0"),
    },
    "What the stall needs": {
        "Frontage in metres (optional)": ("31", "less than or equal to 30"),
        "Power in kilowatts (optional)": ("1.234", "no more than 2 decimal places"),
    },
    "Who you are": {
        "Legal name": ("l" * 121, "at most 120 characters"),
        "E-mail address": ("maria", "Enter an e-mail address, such as maria@example.com."),
        "Telephone (optional)": (
            "call me",
            "Enter a telephone number, such as +40 268 413 000.",
        ),
    },
}


def summary(page: Page) -> Locator:
    return page.locator(".error-summary")


def expect_fault(page: Page, control: Locator, message: str) -> None:
    """Assert that the field shows the message, and the summary links to it with the same text."""
    expect(control).to_have_attribute("aria-invalid", "true")
    expect(control).to_have_accessible_description(re.compile(re.escape(message)))
    name = control.get_attribute("id")
    beside = page.locator(f"[id='{name}_error']")
    expect(beside).to_contain_text(message)
    text = beside.inner_text().removeprefix("Error:").strip()
    link = summary(page).locator(f"a[href='#{name}']")
    expect(link).to_have_text(text)
    link.click()
    expect(control).to_be_focused()


def test_empty_application_reports_every_missing_field(
    browse: Browse, visitor: Client, city: City
) -> None:
    sign_in(visitor, email="")  # as Facebook may
    page = browse(visitor)
    steps.begin(page, city)
    steps.follow(page, "Check your answers and submit")
    expect(page.get_by_text("8 answers are still missing.")).to_be_visible()
    steps.press(page, "Submit application")
    expect(summary(page)).to_be_focused()
    expect(page).to_have_title(re.compile(r"^Error: Check your answers"))
    missing = [message for part in MISSING.values() for message in part.values()]
    texts = [*missing[:4], "Add at least one photo.", *missing[4:]]
    expect(summary(page).get_by_role("link")).to_have_text(texts)
    for title, part in MISSING.items():
        message = next(iter(part.values()))
        summary(page).get_by_role("link", name=message).click()
        steps.expect_heading(page, title)
        expect(steps.field(page, next(iter(part)))).to_be_focused()
        for label, message in part.items():
            expect_fault(page, steps.field(page, label), message)
        # The address names a field no more: the summary has the focus, not that.
        steps.press(page, "Save and check your answers")
        expect(summary(page)).to_be_focused()
        page.goto(page.url.split("?")[0].rsplit("/", 2)[0] + "/check/")
        steps.press(page, "Submit application")
    summary(page).get_by_role("link", name="Add at least one photo.").click()
    steps.expect_heading(page, "Photos")


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("title", WRONG)
def test_invalid_input_stays_in_form(
    browse: Browse, merchant: Client, maria: Actor, city: City, title: str, *, javascript: bool
) -> None:
    page = browse(merchant, javascript=javascript)
    steps.begin(page, city)
    steps.follow(page, title)
    for label, (unsaved, _) in WRONG[title].items():
        # A browser need not enforce maxlength.
        steps.field(page, label).evaluate("control => control.removeAttribute('maxlength')")
        steps.answer(page, label, unsaved)
    steps.press(page, "Save and continue")
    expect(page).to_have_title(re.compile("^Error"))
    if javascript:
        expect(summary(page)).to_be_focused()
    for label, (unsaved, message) in WRONG[title].items():
        control = steps.field(page, label)
        expect(control).to_have_value(unsaved)
        if javascript:
            expect_fault(page, control, message)
        else:
            expect(control).to_have_accessible_description(re.compile(re.escape(message)))
        steps.answer(page, label)
    steps.press(page, "Save and go to the list")
    expect(page.get_by_role("link", name="Check your answers and submit")).to_be_visible()
    (market,) = page_of_markets(maria).items
    assert market.version >= 2


@pytest.mark.parametrize("javascript", [True, False])
def test_double_click_begins_and_submits_once(
    browse: Browse, merchant: Client, maria: Actor, city: City, *, javascript: bool
) -> None:
    page = browse(merchant, javascript=javascript)
    page.goto(f"/markets/apply/{city.slug}/")
    page.get_by_role("button", name="Begin the application").dblclick()
    steps.expect_heading(page, "Untitled application")
    (begun,) = page_of_markets(maria).items

    market = factories.draft(maria, city)
    page.goto(f"/markets/{market.market_id}/check/")
    page.get_by_role("button", name="Submit application").dblclick()
    expect(page.get_by_role("status")).to_contain_text("submitted")
    saved = steps.now(market)
    assert (saved.status, saved.version) == (Status.SUBMITTED, 2)
    assert len(page_of_markets(maria).items) == 2
    assert steps.now(begun).status == Status.DRAFT


def test_begin_page_links_to_existing_draft(
    browse: Browse, merchant: Client, maria: Actor, city: City
) -> None:
    page = browse(merchant, javascript=False)
    steps.begin(page, city)
    page.goto(f"/markets/apply/{city.slug}/")
    steps.follow(page, "Continue with the draft")
    steps.expect_heading(page, "Untitled application")
    page.reload()
    assert len(page_of_markets(maria).items) == 1


def test_apply_again_then_delete_draft(
    browse: Browse, merchant: Client, maria: Actor, city: City
) -> None:
    old = factories.rejected(maria, city)
    steps.store_photos(old)
    page = browse(merchant, width=390)
    page.goto(f"/markets/{old.market_id}/")
    steps.follow(page, "Apply again with these answers")
    page.get_by_label(city.name, exact=True).check()
    steps.press(page, "Begin the application")
    expect(page.get_by_role("listitem").filter(has_text="Photos")).to_contain_text("Done")
    steps.follow(page, "Photos")
    expect(page.locator(".photo-row img")).to_have_js_property("complete", value=True)
    assert page.locator(".photo-row img").evaluate("image => image.naturalWidth") > 0
    steps.go_to_list(page)
    steps.follow(page, "Delete this draft")
    steps.press(page, "Delete the draft")
    expect(page.get_by_role("status")).to_contain_text("is deleted")
    assert [market.key for market in page_of_markets(maria).items] == [old.key]
