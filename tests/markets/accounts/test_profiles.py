"""The profile is entered once and filled in for each new application."""

from typing import Any

import pytest
from django.test import Client

from core.actors import Actor
from core.errors import InvalidDetails, NotAllowed, VersionConflict
from core.unsaved import operations as unsaved
from markets.accounts.profiles import (
    ProfileUpdate,
    get_profile,
    known_details,
    remember_details,
    save_profile,
)
from markets.cities.models import City
from markets.details import MarketDetails
from markets.models import Market
from tests import factories
from tests.clients import sign_in
from tests.markets.applications import pages

PAGE = "/account/"
MARIA = {
    "legal_name": "Maria Crafts SRL",
    "contact_email": "office@example.com",
    "phone": "+40 268 413 000",
    "language": "ro",
}


def shown(client: Client) -> str:
    return client.get(PAGE).content.decode()


def save(client: Client, page: str | None = None, **values: str) -> Any:
    return client.post(PAGE, pages.hidden(page or shown(client)) | MARIA | values)


def test_profile_is_empty_until_saved(maria: Actor) -> None:
    assert get_profile(maria).version is None
    save_profile(maria, expected_version=0, details=MARIA)
    profile = get_profile(maria)
    assert profile.version == 1
    assert {name: getattr(profile, name) for name in MARIA} == MARIA


def test_saving_stale_profile_version_is_refused(maria: Actor) -> None:
    save_profile(maria, expected_version=0, details=MARIA)
    for seen in (0, 2):
        with pytest.raises(VersionConflict):
            save_profile(maria, expected_version=seen, details={"phone": None})
    assert get_profile(maria).phone == MARIA["phone"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("legal_name", "x" * 121), ("contact_email", "nobody"), ("language", "fr")],
)
def test_profile_has_same_limits_as_application(maria: Actor, name: str, value: str) -> None:
    with pytest.raises(InvalidDetails) as refused:
        save_profile(maria, expected_version=0, details={name: value})
    assert list(refused.value.messages) == [name]


def test_officer_has_no_merchant_account(city: City, officer: Client) -> None:
    with pytest.raises(NotAllowed):
        get_profile(factories.officer(city.slug))
    for path in ("", "data/", "delete/"):
        assert officer.get(PAGE + path).status_code == 403
        assert officer.post(PAGE + path, {"confirmation": "DELETE"}).status_code == 403


def test_new_application_is_filled_from_profile(maria: Actor, merchant: Client, city: City) -> None:
    save_profile(maria, expected_version=0, details=MARIA)
    market = pages.begin(merchant, city)
    assert {name: getattr(market, name) for name in MARIA} == MARIA


def test_without_profile_only_sign_in_address_is_known(maria: Actor) -> None:
    assert known_details(maria, email="m@example.com") == MarketDetails(
        contact_email="m@example.com"
    )
    assert known_details(maria, email="only-its-provider-takes-it") == MarketDetails()
    save_profile(maria, expected_version=0, details={"language": "de"})
    assert known_details(maria, email="m@example.com") == MarketDetails(language="de")


def test_only_first_submission_is_saved_as_profile(maria: Actor, city: City) -> None:
    first = factories.submitted(maria, city, phone="+40 1 2345")
    assert remember_details(maria, first) == ProfileUpdate.SAVED
    assert get_profile(maria).phone == "+40 1 2345"
    second = factories.submitted(maria, city, legal_name="Another Ltd")
    assert remember_details(maria, second) == ProfileUpdate.DIFFERENT
    assert get_profile(maria).legal_name == first.legal_name
    assert remember_details(maria, first) == ProfileUpdate.UNCHANGED


def test_application_of_other_merchant_does_not_change_profile(maria: Actor, city: City) -> None:
    somebody = factories.merchant()
    submitted = factories.submitted(maria, city)
    assert remember_details(somebody, submitted) == ProfileUpdate.UNCHANGED
    assert get_profile(somebody).version is None


# The page


def test_page_shows_known_details_and_saves_input(merchant: Client, maria: Actor) -> None:
    first = shown(merchant)
    assert 'value="maria@example.com"' in first
    answer = save(merchant)
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert get_profile(maria).legal_name == MARIA["legal_name"]
    assert "Maria Crafts SRL" in shown(merchant)


def test_page_asks_for_address_if_unknown() -> None:
    client = Client()
    sign_in(client, email="")
    assert "so we do not know yours" in shown(client)
    save(client)
    assert "so we do not know yours" not in shown(client)


def test_invalid_details_are_reported_and_not_saved(merchant: Client, maria: Actor) -> None:
    answer = save(merchant, contact_email="maria", phone="?")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "such as maria@example.com" in page
    assert "Enter a telephone number" in page
    assert "Maria Crafts SRL" in page
    assert get_profile(maria).version is None


def test_stale_page_shows_both_versions_and_can_be_sent_again(
    merchant: Client, maria: Actor
) -> None:
    stale = shown(merchant)
    save(merchant, legal_name="From the other tab")
    answer = save(merchant, stale)
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "From the other tab" in page
    assert "Maria Crafts SRL" in page
    assert save(merchant, page).status_code == 302
    assert get_profile(maria).legal_name == "Maria Crafts SRL"


def test_profile_is_not_shown_to_other_merchants(merchant: Client, stranger: Client) -> None:
    save(merchant)
    assert "Maria Crafts" not in shown(stranger)


def test_unsaved_details_are_restored_after_session_end(merchant: Client, maria: Actor) -> None:
    page = shown(merchant)
    again = Client()
    save(again, page)
    assert unsaved.get(maria.id, PAGE)
    back = shown(merchant)
    assert "This is not saved yet" in back
    assert "Maria Crafts SRL" in back
    assert get_profile(maria).version is None
    save(merchant, back)
    assert unsaved.get(maria.id, PAGE) is None
    assert "This is not saved yet" not in shown(merchant)


def submit(client: Client, market: Market) -> str:
    url = f"/markets/{market.market_id}/check/"
    answer = client.post(url, pages.hidden(client.get(url).text), follow=True)
    assert "is submitted" in answer.text
    return str(answer.text)


def test_submission_reports_profile_update_or_difference(
    merchant: Client, maria: Actor, city: City
) -> None:
    first, same, other = (
        factories.draft(maria, city, phone=phone)
        for phone in ("+40 1 2345", "+40 1 2345", "+40 9 8765")
    )
    assert "Your next application begins with" in submit(merchant, first)
    assert get_profile(maria).phone == "+40 1 2345"
    assert "My details</a>." not in submit(merchant, same)
    assert "your details differ from those in your account" in submit(merchant, other)
    assert get_profile(maria).phone == "+40 1 2345"
