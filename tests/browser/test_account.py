"""The merchant's account in a browser: with and without scripts, wide and narrow."""

import io
import zipfile

import pytest
from django.test import Client
from playwright.sync_api import expect

from core.actors import Actor
from markets.accounts.profiles import get_profile
from markets.cities.models import City
from markets.queries import page_of_markets
from tests import factories
from tests.account import make_person
from tests.browser import steps
from tests.browser.conftest import Browse
from tests.clients import sign_in

EVERYWHERE = pytest.mark.parametrize(
    ("width", "javascript"), [(1280, True), (390, True), (390, False)]
)


@EVERYWHERE
def test_profile_fills_in_next_application(
    browse: Browse, city: City, *, width: int, javascript: bool
) -> None:
    person, client = factories.merchant(), Client()
    sign_in(client, sub=person.id, email="", name="Maria")
    page = browse(client, width=width, javascript=javascript)
    page.goto("/markets/")
    page.get_by_role("link", name="Maria").click()
    steps.expect_heading(page, "My account")
    expect(page.get_by_text("so we do not know yours")).to_be_visible()
    steps.field(page, "Legal name (optional)").fill("Maria Crafts SRL")
    steps.field(page, "E-mail address (optional)").fill("maria")
    steps.press(page, "Save my details")
    expect(page.get_by_role("alert")).to_contain_text("such as maria@example.com")
    steps.field(page, "E-mail address (optional)").fill("maria@example.com")
    steps.press(page, "Save my details")
    expect(page.get_by_role("status")).to_contain_text("Your details are saved")
    assert get_profile(person).contact_email == "maria@example.com"
    page.goto(f"/markets/apply/{city.slug}/")
    page.get_by_role("main").get_by_role("button").click()
    (market,) = page_of_markets(person).items
    assert market.legal_name == "Maria Crafts SRL"


@EVERYWHERE
def test_data_export_is_downloaded(
    browse: Browse, merchant: Client, maria: Actor, city: City, *, width: int, javascript: bool
) -> None:
    market = factories.submitted(maria, city)
    steps.store_photos(market)
    page = browse(merchant, width=width, javascript=javascript)
    page.goto("/account/")
    steps.follow(page, "Download all my data")
    steps.press(page, "Create the zip file")
    with page.expect_download() as begun:
        steps.follow(page, "Download the zip file")
    assert begun.value.suggested_filename == "my-garage-data.zip"
    archive = zipfile.ZipFile(io.BytesIO(begun.value.path().read_bytes()))
    assert f"markets/{market.reference}/photo-1.webp" in archive.namelist()


@EVERYWHERE
def test_account_is_deleted_with_cognito_user(
    browse: Browse, city: City, *, width: int, javascript: bool
) -> None:
    person = make_person()
    page = browse(width=width, javascript=javascript)
    page.goto("/sign-in/?with=email&next=/account/")
    steps.answer_hosted_page(page, person)
    actor = Actor.merchant(person.sub)
    factories.draft(actor, city)
    steps.follow(page, "Delete my account")
    steps.press(page, "Delete my account")
    expect(page.get_by_role("alert")).to_contain_text("Type the word DELETE")
    steps.field(page, "Type DELETE to confirm").fill("DELETE")
    steps.press(page, "Delete my account")
    steps.expect_heading(page, "Your account is deleted")
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    assert page_of_markets(actor).items == ()
    page.goto("/sign-in/?with=email")
    steps.answer_hosted_page(page, person)
    expect(page.get_by_role("heading", name="My applications")).to_have_count(0)
