"""Pages for merchants and visitors, checked with axe and on the narrowest screen."""

import re
from datetime import timedelta

from django.test import Client
from playwright.sync_api import expect
from pytest_django import Settings

from approvals.review import operations
from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from markets.operations import revise_market, withdraw_market
from tests import factories, images
from tests.browser import steps
from tests.browser.conftest import Browse
from tests.browser.inspection import Inspect, show


def request_changes(market: Market) -> Market:
    return operations.request_changes(
        factories.officer(market.city),
        market.city,
        market.key,
        expected_version=2,
        requests=[
            ("photos", "Show the roof."),
            ("marketAveragePrice", "Is this for one?\nOr for a dozen?"),
            ("legalName", "As in the register of companies, please."),
        ],
        text="Almost there.",
    )


def test_public_pages(
    browse: Browse, inspect: Inspect, visitor: Client, maria: Actor, city: City
) -> None:
    page = browse(visitor)
    show(inspect, page, "/")
    show(inspect, page, f"/cities/{city.slug}/")
    for name in ("Lime wood", "Gingerbread"):
        steps.store_photos(factories.approved(maria, city, name=name, description="Stars. " * 50))
    show(inspect, page, f"/cities/{city.slug}/")
    page.get_by_text("All goods").first.click()
    inspect(page, "programme with all goods of a market")
    show(inspect, page, "/sign-in/")
    show(inspect, page, "/signed-out/")


def test_error_pages(
    browse: Browse, inspect: Inspect, merchant: Client, city: City, settings: Settings
) -> None:
    settings.ROOT_URLCONF = "tests.browser.urls"
    page = browse(merchant)
    show(inspect, page, "/no-such-page/", status=404)
    show(inspect, page, "/cities/no-such-city/", status=404)
    show(inspect, page, "/city-hall/", status=403)
    show(inspect, page, "/garbled/", status=400)
    show(inspect, page, "/forbidden/", status=403)
    show(inspect, page, "/broken/", status=500)
    show(inspect, page, "/oidc/merchants/callback/?state=unknown", status=400)
    page.goto(f"/markets/apply/{city.slug}/")
    page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    steps.press(page, "Begin the application")
    steps.expect_heading(page, "This form is no longer valid")
    inspect(page, "a form without its cookie")


def test_merchant_list_and_status_pages(
    browse: Browse, inspect: Inspect, merchant: Client, maria: Actor, city: City
) -> None:
    page = browse(merchant)
    show(inspect, page, "/markets/")
    markets = {
        "draft": factories.draft(maria, city, name=None),
        "submitted": factories.submitted(maria, city),
        "changes_requested": request_changes(factories.submitted(maria, city)),
        "approved": factories.approved(maria, city),
        "rejected": factories.rejected(maria, city),
        "withdrawn": withdraw_market(
            maria, factories.submitted(maria, city).key, expected_version=2
        ),
    }
    for market in markets.values():
        steps.store_photos(market)
    show(inspect, page, "/markets/")
    for status, market in markets.items():
        assert market.status == status
        show(inspect, page, f"/markets/{market.market_id}/")
    show(inspect, page, f"/markets/{markets['approved'].market_id}/withdraw/")


def test_application_section_pages(
    browse: Browse, inspect: Inspect, merchant: Client, maria: Actor, city: City
) -> None:
    page = browse(merchant)
    show(inspect, page, f"/markets/apply/{city.slug}/")
    steps.press(page, "Begin the application")
    steps.expect_heading(page, "Untitled application")
    base = page.url
    inspect(page, "list of an empty draft")
    show(inspect, page, f"{base}check/")
    steps.press(page, "Submit application")
    expect(page).to_have_title(re.compile("^Error"))
    inspect(page, "answers that are missing")
    for part in ("market", "goods", "stall", "merchant"):
        show(inspect, page, f"{base}{part}/")
        show(inspect, page, f"{base}{part}/?check")
    show(inspect, page, f"{base}delete/")
    show(inspect, page, f"/markets/apply/{city.slug}/")

    long = "Donaudampfschifffahrtsgesellschaft" * 2
    market = factories.draft(
        maria,
        city,
        name=long,
        description=f"{long * 8}\n" * 6,
        legal_name=long,
        contact_email=f"{'m' * 60}@{'example.' * 20}com",
        phone="+40 268 413 000",
    )
    steps.store_photos(market)
    base = f"/markets/{market.market_id}/"
    for part in ("", "market/", "goods/", "merchant/", "check/", "delete/", "again/"):
        show(inspect, page, f"{base}{part}")


def test_section_page_with_autosave(
    browse: Browse, inspect: Inspect, merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.draft(maria, city)
    page = browse(merchant)
    goods = f"/markets/{market.market_id}/goods/"
    page.goto(goods)
    steps.field(page, "Goods").fill("Carved stars")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    inspect(page, "section after autosave")
    steps.field(page, "Average price").fill("dear")
    steps.field(page, "Average price").fill("-1")
    expect(page.locator("#id_average_price_error")).not_to_be_empty()
    inspect(page, "section with an invalid value")
    steps.press(page, "Save and continue")
    expect(page).to_have_title(re.compile("^Error"))
    inspect(page, "section with errors after the button")
    page.goto(goods)
    saved = steps.now(market)
    revise_market(
        maria,
        market.key,
        expected_version=int(saved.version),
        details={"description": "From elsewhere"},
    )
    steps.field(page, "Goods").fill("Typed here")
    expect(page.locator("#save-problem")).to_contain_text("changed elsewhere")
    inspect(page, "section with a conflict")

    page.context.clear_cookies()
    steps.field(page, "Goods").fill("Typed by nobody")
    expect(page.locator("#save-problem")).to_contain_text("You were signed out")
    inspect(page, "section after the session ended")
    back = browse(merchant)
    show(inspect, back, goods)
    expect(back.get_by_role("alert")).to_contain_text("What you entered is not saved yet")


def test_submitted_application_pages(
    browse: Browse, inspect: Inspect, merchant: Client, maria: Actor, city: City
) -> None:
    page = browse(merchant)
    asked = request_changes(factories.submitted(maria, city))
    approved = factories.approved(maria, city)
    for market in (asked, approved):
        steps.store_photos(market)
        base = f"/markets/{market.market_id}/"
        for part in ("edit/", "market/", "goods/", "again/", "versions/2/", "versions/3/"):
            show(inspect, page, base + part)
    show(inspect, page, f"/markets/{asked.market_id}/check/")
    page.goto(f"/markets/{approved.market_id}/market/")
    second = browse(merchant)
    second.goto(page.url)
    for tab, name in ((second, "From the second tab"), (page, "From the first")):
        steps.field(tab, "Name of the market").fill(name)
        steps.press(tab, "Save and ask for a new decision")
    expect(page.get_by_role("alert")).to_contain_text("From the second tab")
    inspect(page, "submitted section with a conflict")
    page.goto(f"/markets/{approved.market_id}/")
    page.get_by_text("What changed").first.click()
    inspect(page, "status page with details of the history")

    day = clock.now().date()
    closed = factories.make_city(
        opens=str(day - timedelta(20)), closes=str(day - timedelta(10)), decide_by=str(day)
    )
    with clock.freeze(clock.now() - timedelta(days=15)):
        late = factories.draft(maria, closed)
    for part in ("", "check/"):
        show(inspect, page, f"/markets/{late.market_id}/{part}")
    show(inspect, page, f"/markets/apply/{closed.slug}/", status=409)


def test_photos_page(
    browse: Browse, inspect: Inspect, merchant: Client, maria: Actor, city: City
) -> None:
    draft = factories.draft(maria, city, photos=())
    page = browse(merchant)
    photos = f"/markets/{draft.market_id}/photos/"
    show(inspect, page, photos)
    taken = [steps.photo_file(images.jpeg((640, 480 + number))) for number in range(8)]
    chosen = page.locator("#id_upload")
    chosen.set_input_files(taken)
    rows = page.locator(".photo-row")
    expect(rows).to_have_count(8, timeout=90_000)
    chosen.set_input_files([steps.photo_file(name=f"{'long' * 30}.jpg")])
    expect(page.get_by_text("You can show at most 8 photos.")).to_be_visible()
    inspect(page, "eight photos, and one that is refused")
    rows.first.get_by_role("button", name="Remove").click()
    expect(page.locator("[data-status]")).to_contain_text("Saved at")
    page.route("**/*-media-*", lambda _: None)  # the bucket does not answer
    chosen.set_input_files([taken[0]])
    expect(page.get_by_text("Waiting …")).to_be_visible()
    inspect(page, "an upload under way")

    page.goto(photos)
    expect(page.get_by_role("heading", name="Unfinished uploads")).to_be_visible()
    inspect(page, "an unfinished upload")

    market = factories.approved(maria, city)
    page.goto(f"/markets/{market.market_id}/photos/")
    page.get_by_label("What the photo shows").fill("")
    steps.press(page, "Save and ask for a new decision")
    expect(page.locator(".error-summary")).to_be_focused()
    inspect(page, "approved photos with an error")


def test_account_pages(
    browse: Browse, inspect: Inspect, merchant: Client, maria: Actor, city: City
) -> None:
    page, second = browse(merchant), browse(merchant)
    show(inspect, page, "/account/")
    second.goto("/account/")
    for tab, name in ((second, "From the second tab"), (page, "W" * 120)):
        steps.field(tab, "Legal name (optional)").fill(name)
        steps.press(tab, "Save my details")
    expect(page.get_by_role("alert")).to_contain_text("From the second tab")
    inspect(page, "details that were changed meanwhile")
    steps.field(page, "E-mail address (optional)").fill("maria")
    steps.press(page, "Save my details")
    expect(page).to_have_title(re.compile("^Error"))
    inspect(page, "details with errors")
    show(inspect, page, "/account/data/")
    steps.press(page, "Create the zip file")
    expect(page.get_by_role("link", name="Download the zip file")).to_be_visible()
    inspect(page, "data to download")
    factories.approved(maria, city)
    factories.rejected(maria, city)
    factories.draft(maria, city)
    show(inspect, page, "/account/delete/")
    steps.press(page, "Delete my account")
    expect(page).to_have_title(re.compile("^Error"))
    inspect(page, "deletion without the confirmation")
    for ending in ("deleted", "again", "officer"):
        show(inspect, page, f"/account/deleted/?sign-in={ending}")
