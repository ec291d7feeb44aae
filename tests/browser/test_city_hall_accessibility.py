"""City hall pages in their states, checked with axe and on the narrowest screen."""

import re

from django.test import Client
from playwright.sync_api import expect

from core.actors import Actor
from markets.cities.models import City
from markets.operations import withdraw_market
from tests import factories
from tests.browser import steps
from tests.browser.conftest import Browse
from tests.browser.inspection import Inspect, show
from tests.clients import sign_in


def test_queue_pages(browse: Browse, inspect: Inspect, officer: Client, city: City) -> None:
    page = browse(officer)
    queue = f"/city-hall/{city.slug}/"
    show(inspect, page, queue)
    factories.submitted(factories.merchant(), city, name="W" * 80)
    for _ in range(25):
        factories.submitted(factories.merchant(), city)
    show(inspect, page, queue)
    steps.follow(page, "Next page")
    expect(page.get_by_role("rowheader")).to_have_count(1)
    inspect(page, "second page of the queue")
    show(inspect, page, f"{queue}?status=rejected")

    of_two = Client()
    sign_in(of_two, cities=[city.slug, factories.make_city().slug])
    show(inspect, browse(of_two), "/city-hall/")


def test_bulk_action_pages(browse: Browse, inspect: Inspect, officer: Client, city: City) -> None:
    page, queue = browse(officer), f"/city-hall/{city.slug}/"
    markets = [factories.submitted(factories.merchant(), city, name="W" * 80) for _ in range(3)]
    withdraw_market(
        Actor.merchant(markets[0].user_id),
        markets[0].key,
        expected_version=int(markets[0].version or 0),
    )
    show(inspect, page, f"{queue}?search=nothing+like+it&category=crafts&waiting=14&assignee=mine")
    show(inspect, page, f"{queue}?status=all")
    steps.press(page, "Keys")
    inspect(page, "the list of keys")
    page.keyboard.press("Escape")
    steps.press(page, "Preview")
    inspect(page, "queue with nothing selected")
    page.get_by_label("on this page").check()
    page.get_by_label("What to do").select_option("Reject")
    steps.press(page, "Preview")
    inspect(page, "preview of a bulk action")
    steps.press(page, "Reject: 2 applications")
    expect(page).to_have_title(re.compile("^Error"))
    inspect(page, "preview with errors")
    page.get_by_label("Reason").select_option("No space left in this category")
    page.get_by_label("Text to the merchants").fill("All is let.")
    steps.press(page, "Reject: 2 applications")
    steps.expect_heading(page, "2 of 3 applications done")
    inspect(page, "results of a bulk action")


def test_review_pages(
    browse: Browse,
    inspect: Inspect,
    merchant: Client,
    officer: Client,
    maria: Actor,
    city: City,
) -> None:
    market = factories.submitted(maria, city)
    steps.store_photos(market)
    page = browse(officer)
    show(inspect, page, steps.review_url(market))
    page.get_by_text("Reject with a reason").click()
    inspect(page, "review with the form to reject")
    steps.press(page, "Reject")
    expect(page).to_have_title(re.compile("^Error"))
    inspect(page, "review with errors")

    edit = browse(merchant)
    edit.goto(f"/markets/{market.market_id}/goods/")
    steps.field(edit, "Goods").fill("Something else")
    steps.press(edit, "Submit the changes")
    expect(edit.get_by_role("status")).to_contain_text("are submitted")
    steps.press(page, "Approve")
    expect(page.get_by_role("alert")).to_contain_text("Something else")
    inspect(page, "review of what changed meanwhile")
    page.get_by_text("What changed").first.click()
    inspect(page, "review with the history's details")
    show(inspect, page, steps.review_url(factories.rejected(maria, city, name="W" * 80)))
    show(inspect, page, steps.review_url(market) + "photos/1/")


def test_reply_template_pages(
    browse: Browse, inspect: Inspect, officer: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    steps.store_photos(market)
    page, path = browse(officer), f"/city-hall/{city.slug}/reply-templates/"
    show(inspect, page, path)
    show(inspect, page, path + "add/")
    steps.field(page, "Text").fill("Dear {merchnat},")
    steps.press(page, "Save template")
    expect(page).to_have_title(re.compile("^Error"))
    inspect(page, "reply template with errors")
    steps.field(page, "Used for").select_option("approve")
    steps.field(page, "Title").fill("Welcome")
    steps.field(page, "Text").fill("Dear {merchant}, welcome to {city}.")
    steps.press(page, "Save template")
    inspect(page, "reply templates")
    page.get_by_role("link", name="Welcome").click()
    inspect(page, "reply template")
    page.get_by_role("link", name="Delete").click()
    inspect(page, "deletion of a reply template")

    page.goto(steps.review_url(market))
    page.get_by_text("Text with the approval").click()
    page.get_by_role("link", name="Welcome").click()
    expect(page.locator("#approve_text")).to_have_value(
        f"Dear Test Crafts Ltd, welcome to {city.name}."
    )
    inspect(page, "review with a reply template")
    page.locator("button:visible", has_text="Preview the mail").click()
    inspect(page, "review with the mail before it is sent")
    page.locator("summary", has_text="Ask for changes").click()
    page.locator("summary", has_text="Goods").click()
    inspect(page, "review with the form to ask for changes")
    steps.field(page, "Note").fill("Called them.")
    steps.press(page, "Add note")
    page.get_by_text("Called them.").wait_for()
    steps.press(page, "Approve")
    page.get_by_role("status").wait_for()
    page.goto(steps.review_url(market))
    page.get_by_role("heading", name="Mail to the merchant").wait_for()
    inspect(page, "review of what can be undone")
    show(inspect, page, steps.review_url(market) + "case-file/")
