"""Whole journeys, through the real hosted pages: from an application to its decision."""

import re
from collections.abc import Generator

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.actors import Actor
from markets.cities.models import City
from markets.models import Status
from tests import factories
from tests.account import Login, SessionAccount, make_person
from tests.browser import steps
from tests.browser.conftest import Browse
from tests.facebook import stand_in

NAME = steps.TEXTS["Name of the market"]


def apply(page: Page, city: City, merchant: Login) -> None:
    """Go from the front page to a submitted application, signing in on the way."""
    page.goto("/")
    steps.follow(page, f"Apply in {city.name}")
    steps.follow(page, "Continue with e-mail and password")
    steps.answer_hosted_page(page, merchant)
    steps.expect_heading(page, f"Apply for a place in {city.name}")
    steps.press(page, "Begin the application")
    steps.follow(page, "Who you are")
    expect(steps.field(page, "E-mail address")).to_have_value(merchant.email)
    steps.go_to_list(page)
    steps.fill_in(page)
    steps.add_photo_from_list(page)
    steps.submit(page)
    steps.expect_heading(page, NAME)


def open_from_queue(page: Page, city: City, officer: Login) -> None:
    """Go from any page to the review of the one market that waits."""
    steps.sign_in_at_city_hall(page, officer)
    steps.expect_heading(page, f"Queue of {city.name}")
    steps.follow(page, NAME)
    steps.expect_heading(page, NAME)


def test_application_is_approved_and_published(browse: Browse, city: City) -> None:
    page = browse()
    apply(page, city, make_person())
    steps.sign_out(page)
    open_from_queue(page, city, make_person(city.slug))
    expect(page.get_by_text("Lime wood spoons")).to_be_visible()
    steps.press(page, "Approve")
    expect(page.get_by_role("status")).to_contain_text(f"{NAME}: approved.")
    expect(page.get_by_role("link", name=NAME)).to_have_count(0)

    visitor = browse(width=390)
    visitor.goto(f"/cities/{city.slug}/")
    expect(visitor.get_by_role("heading", name=NAME)).to_be_visible()
    expect(visitor.get_by_text(f"12.50 {city.currency}")).to_be_visible()
    steps.expect_clean_photo(visitor.get_by_role("img", name=steps.ALT_TEXT))


def test_application_is_rejected_with_reason(browse: Browse, city: City) -> None:
    page, maria = browse(), make_person()
    apply(page, city, maria)
    steps.sign_out(page)
    open_from_queue(page, city, make_person(city.slug))
    page.get_by_text("Reject with a reason").click()
    steps.field(page, "Reason").select_option("No space left in this category")
    page.locator("#reject_text").fill("All stalls for crafts are let.\nCome again!")
    steps.press(page, "Reject")
    expect(page.get_by_role("status")).to_contain_text(f"{NAME}: rejected.")
    steps.sign_out(page)

    steps.follow(page, "Sign in again")
    steps.follow(page, "Continue with e-mail and password")
    steps.answer_hosted_page(page, maria)
    steps.expect_heading(page, "My applications")
    steps.follow(page, NAME)
    decision = page.get_by_role("region", name=re.compile("The city.s decision"))
    expect(decision).to_contain_text("Rejected")
    expect(decision).to_contain_text("No space left in this category")
    expect(decision).to_contain_text("All stalls for crafts are let.")
    page.goto(f"/cities/{city.slug}/")
    expect(page.get_by_role("heading", name=NAME)).to_have_count(0)


def test_officer_of_other_city_gets_404(browse: Browse, maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    elsewhere = factories.make_city()
    page = browse()
    page.goto("/")
    steps.sign_in_at_city_hall(page, make_person(elsewhere.slug))
    steps.expect_heading(page, f"Queue of {elsewhere.name}")
    for path in (f"/city-hall/{city.slug}/", steps.review_url(market)):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_text(market.name)).to_have_count(0)
    # Nor under the name of their own city.
    answer = page.goto(steps.review_url(market).replace(city.slug, elsewhere.slug))
    assert answer is not None
    assert answer.status == 404


def test_approval_of_changed_application_is_refused(
    browse: Browse, merchant: Client, officer: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    review, edit = browse(officer), browse(merchant)
    review.goto(steps.review_url(market))
    edit.goto(f"/markets/{market.market_id}/goods/")
    steps.field(edit, "Goods").fill("Carved spoons\nFireworks")
    steps.field(edit, "Average price").fill("99")
    steps.press(edit, "Submit the changes")
    expect(edit.get_by_role("status")).to_contain_text("are submitted")

    steps.press(review, "Approve")
    warning = review.get_by_role("alert")
    expect(warning).to_contain_text("The application changed since you opened it")
    expect(warning).to_contain_text("Nothing was decided")
    expect(warning.locator("dt")).to_have_text(["Goods", "Average price"])
    expect(warning.locator("del")).to_have_text([re.compile("Beeswax candles"), "12.50"])
    expect(warning.locator("ins")).to_have_text([re.compile("Fireworks"), "99.00"])
    assert steps.now(market).status == Status.SUBMITTED

    steps.press(review, "Approve")
    expect(review.get_by_role("status")).to_contain_text(": approved.")
    decided = steps.now(market)
    assert decided.status == Status.APPROVED
    assert decided.description == "Carved spoons\nFireworks"


def test_rejection_of_changed_application_keeps_text(
    browse: Browse, merchant: Client, officer: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    review, edit = browse(officer), browse(merchant)
    review.goto(steps.review_url(market))
    edit.goto(f"/markets/{market.market_id}/goods/")
    steps.field(edit, "Average price").fill("13")
    steps.press(edit, "Submit the changes")
    expect(edit.get_by_role("status")).to_contain_text("are submitted")

    review.get_by_text("Reject with a reason").click()
    steps.field(review, "Reason").select_option("Another reason, given in the text")
    review.locator("#reject_text").fill("Too dear.\nPlease ask less.")
    steps.press(review, "Reject")
    warning = review.get_by_role("alert")
    expect(warning).to_contain_text("The application changed since you opened it")
    # Not the goods: sending them back as they were, lines and all, is no change.
    expect(warning.locator("dt")).to_have_text(["Average price"])
    assert steps.now(market).status == Status.SUBMITTED
    expect(review.locator("#reject_text")).to_have_value("Too dear.\nPlease ask less.")
    steps.press(review, "Reject")
    expect(review.get_by_role("status")).to_contain_text(": rejected.")
    assert steps.now(market).decision_text == "Too dear.\nPlease ask less."


@pytest.fixture
def facebook(account: SessionAccount) -> Generator[None]:
    with stand_in(account):
        yield


@pytest.mark.usefixtures("facebook")
def test_continue_with_facebook(browse: Browse, city: City) -> None:
    page = browse()
    page.goto(f"/markets/apply/{city.slug}/")
    steps.follow(page, "Continue with Facebook")
    steps.press(page, "Authorize as facebook-sofia")
    steps.expect_heading(page, f"Apply for a place in {city.name}")
    steps.press(page, "Begin the application")
    steps.follow(page, "Who you are")
    expect(steps.field(page, "E-mail address")).to_have_value("sofia@example.com")
    expect(page.get_by_role("navigation", name="Main")).to_contain_text("Sofia Radu")
