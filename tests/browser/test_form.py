"""The application form under bad input: said in words, in place, and nothing is lost."""

import re
from collections.abc import Mapping

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from garage.actors import Actor
from markets.cities import City
from markets.models import Status
from markets.queries import page_of_markets
from tests import images
from tests.account import SessionAccount
from tests.browser import steps
from tests.browser.conftest import Browse

MISSING: Mapping[str, str] = {
    "Name of the market": "Enter the name of the market.",
    "Category": "Choose a category.",
    "Goods": "List the goods that you sell.",
    "Average price": "Enter the average price.",
    "Legal name": "Enter the legal name.",
    "E-mail address": "Enter an e-mail address.",
    "Language of our messages to you": "Choose a language.",
}
WRONG: Mapping[str, tuple[str, str]] = {
    "Name of the market": ("n" * 81, "at most 80 characters"),
    "Goods": ("g" * 4001, "at most 4000 characters"),
    "Average price": ("-1", "greater than or equal to 0"),
    "Frontage in metres": ("31", "less than or equal to 30"),
    "Power in kilowatts": ("1.234", "no more than 2 decimal places"),
    "Legal name": ("l" * 121, "at most 120 characters"),
    "E-mail address": ("maria", "Enter an e-mail address, such as maria@example.com."),
    "Telephone (optional)": ("call me", "Enter a telephone number, such as +40 268 413 000."),
}
REFUSED: Mapping[str, tuple[bytes, str, str]] = {
    "This is a program": (images.windows_program(), "house.jpg", "image/jpeg"),
    "This is an SVG drawing": (images.svg(), "house.svg", "image/svg+xml"),
    "damaged or incomplete": (images.jpeg()[:2000], "house.jpg", "image/jpeg"),
    "This file is empty": (b"", "house.jpg", "image/jpeg"),
    "41 megapixels": (images.png_bomb((8200, 5000)), "house.png", "image/png"),
}


def summary(page: Page) -> Locator:
    return page.locator(".error-summary")


def expect_fault(page: Page, control: Locator, message: str) -> None:
    """The field says what is wrong with it; the summary says the same and leads to it."""
    expect(control).to_have_attribute("aria-invalid", "true")
    expect(control).to_have_accessible_description(re.compile(re.escape(message)))
    name = control.get_attribute("id")
    beside = page.locator(f"[id='{name}_error']")
    expect(beside).to_contain_text(message)
    words = beside.inner_text().removeprefix("Error:").strip()
    link = summary(page).locator(f"a[href='#{name}']")
    expect(link).to_have_text(words)
    link.click()
    expect(control).to_be_focused()


@pytest.fixture
def form(browse: Browse, merchant: Client, city: City) -> Page:
    page = browse(merchant)
    page.goto(f"/markets/apply/{city.slug}/")
    return page


def test_an_empty_application_is_answered_field_by_field(form: Page, city: City) -> None:
    steps.field(form, "E-mail address").fill("")
    steps.press(form, "Submit application")
    expect(summary(form)).to_be_focused()
    expect(form).to_have_title(re.compile(r"^Error: Apply in"))
    for label, message in MISSING.items():
        expect_fault(form, steps.field(form, label), message)
    expect(form.get_by_role("region", name="Photos")).to_contain_text("Add at least one photo.")
    summary(form).get_by_role("link", name="Add at least one photo.").click()
    expect(steps.field(form, "Photo")).to_be_focused()
    expect(summary(form).get_by_role("link")).to_have_count(len(MISSING) + 1)


def test_bad_input_keeps_what_was_typed_and_uploaded(form: Page, maria: Actor) -> None:
    # A browser need not hold people to it.
    form.evaluate("document.querySelectorAll('[maxlength]').forEach(i => i.maxLength = 9999)")
    steps.fill_in(form, {label: typed for label, (typed, _) in WRONG.items()})
    steps.field(form, "Uses gas").check()
    steps.add_photo(form, steps.photo_file(), alt_text="")
    steps.press(form, "Submit application")
    expect(summary(form)).to_be_focused()
    for label, (typed, message) in WRONG.items():
        expect_fault(form, steps.field(form, label), message)
        expect(steps.field(form, label)).to_have_value(typed)
    for label, choice in steps.CHOICES.items():
        expect(steps.field(form, label).locator("option:checked")).to_have_text(choice)
    expect(steps.field(form, "Uses gas")).to_be_checked()
    expect_fault(form, steps.field(form, "What the photo shows"), "Say what the photo shows.")
    steps.expect_clean_photo(form.get_by_role("group", name="Photo 1").get_by_role("img"))

    steps.fill_in(form)
    steps.field(form, "What the photo shows").fill(steps.ALT_TEXT)
    steps.press(form, "Submit application")
    expect(form.get_by_role("status")).to_contain_text("is submitted")
    steps.expect_clean_photo(form.get_by_role("img", name=steps.ALT_TEXT))
    (market,) = page_of_markets(maria).items
    assert len(market.photos) == 1
    assert (market.status, market.uses_gas) == (Status.SUBMITTED, True)


def test_files_that_are_no_photos_are_refused_in_words(form: Page, account: SessionAccount) -> None:
    def published() -> int:
        listed = account.operator.s3.list_objects_v2(
            Bucket=account.bucket, Prefix="public/markets/"
        )
        return listed["KeyCount"]

    before = published()
    for words, (content, name, kind) in REFUSED.items():
        steps.add_photo(form, steps.photo_file(content, name=name, kind=kind))
        steps.press(form, "Save as draft")
        expect_fault(form, steps.field(form, "Photo"), words)
        expect(steps.field(form, "What the photo shows")).to_have_value(steps.ALT_TEXT)
    assert published() == before

    steps.add_photo(form, steps.photo_file())
    steps.press(form, "Save as draft")
    expect(form.get_by_role("status")).to_contain_text("is saved. It is not submitted yet.")
    assert published() == before + 1


@pytest.mark.parametrize("javascript", [True, False])
def test_a_double_click_applies_once(
    browse: Browse, merchant: Client, maria: Actor, city: City, *, javascript: bool
) -> None:
    page = browse(merchant, javascript=javascript)
    page.goto(f"/markets/apply/{city.slug}/")
    steps.fill_in(page)
    steps.add_photo(page, steps.photo_file())
    page.get_by_role("button", name="Submit application").dblclick()
    steps.expect_heading(page, steps.TEXTS["Name of the market"])
    (market,) = page_of_markets(maria).items
    assert market.status == Status.SUBMITTED


def test_a_draft_waits_with_its_photo(form: Page, maria: Actor) -> None:
    steps.field(form, "Name of the market").fill("Half a thought")
    steps.add_photo(form, steps.photo_file(), alt_text="")
    steps.press(form, "Save as draft")
    steps.expect_heading(form, "Half a thought")
    form.get_by_role("link", name="My markets").click()
    steps.follow(form, "Half a thought")
    steps.follow(form, "Edit")
    steps.expect_clean_photo(form.get_by_role("group", name="Photo 1").get_by_role("img"))
    steps.fill_in(form)
    form.get_by_role("group", name="Photo 1").get_by_label("What the photo shows").fill("Stars")
    steps.press(form, "Submit application")
    expect(form.get_by_role("status")).to_contain_text("is submitted")
    (market,) = page_of_markets(maria).items
    assert [photo.alt_text for photo in market.photos] == ["Stars"]
