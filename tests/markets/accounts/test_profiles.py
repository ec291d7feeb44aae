"""Who a merchant is: entered once in the profile, filled in for each new application."""

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


def test_a_profile_is_empty_until_it_is_saved(maria: Actor) -> None:
    assert get_profile(maria).version is None
    save_profile(maria, expected_version=0, details=MARIA)
    profile = get_profile(maria)
    assert profile.version == 1
    assert {name: getattr(profile, name) for name in MARIA} == MARIA


def test_whoever_saves_second_is_told(maria: Actor) -> None:
    save_profile(maria, expected_version=0, details=MARIA)
    for seen in (0, 2):
        with pytest.raises(VersionConflict):
            save_profile(maria, expected_version=seen, details={"phone": None})
    assert get_profile(maria).phone == MARIA["phone"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("legal_name", "x" * 121), ("contact_email", "nobody"), ("language", "fr")],
)
def test_limits_are_those_of_applications(maria: Actor, name: str, value: str) -> None:
    with pytest.raises(InvalidDetails) as refused:
        save_profile(maria, expected_version=0, details={name: value})
    assert list(refused.value.messages) == [name]


def test_officers_have_no_such_account(city: City, officer: Client) -> None:
    with pytest.raises(NotAllowed):
        get_profile(factories.officer(city.slug))
    for path in ("", "data/", "delete/"):
        assert officer.get(PAGE + path).status_code == 403
        assert officer.post(PAGE + path, {"confirmation": "DELETE"}).status_code == 403


def test_a_new_application_begins_with_it(maria: Actor, merchant: Client, city: City) -> None:
    save_profile(maria, expected_version=0, details=MARIA)
    market = pages.begin(merchant, city)
    assert {name: getattr(market, name) for name in MARIA} == MARIA


def test_without_it_the_address_of_the_sign_in_is_all_that_is_known(maria: Actor) -> None:
    assert known_details(maria, email="m@example.com") == MarketDetails(
        contact_email="m@example.com"
    )
    assert known_details(maria, email="only-its-provider-takes-it") == MarketDetails()
    save_profile(maria, expected_version=0, details={"language": "de"})
    assert known_details(maria, email="m@example.com") == MarketDetails(language="de")


def test_the_first_submission_is_remembered_and_no_later_one(maria: Actor, city: City) -> None:
    first = factories.submitted(maria, city, phone="+40 1 2345")
    assert remember_details(maria, first) == ProfileUpdate.SAVED
    assert get_profile(maria).phone == "+40 1 2345"
    second = factories.submitted(maria, city, legal_name="Another Ltd")
    assert remember_details(maria, second) == ProfileUpdate.DIFFERENT
    assert get_profile(maria).legal_name == first.legal_name
    assert remember_details(maria, first) == ProfileUpdate.UNCHANGED


def test_nobody_remembers_what_another_merchant_says(maria: Actor, city: City) -> None:
    somebody = factories.merchant()
    submitted = factories.submitted(maria, city)
    assert remember_details(somebody, submitted) == ProfileUpdate.UNCHANGED
    assert get_profile(somebody).version is None


# The page


def test_the_page_says_what_is_known_and_saves_what_is_typed(
    merchant: Client, maria: Actor
) -> None:
    first = shown(merchant)
    assert 'value="maria@example.com"' in first
    answer = save(merchant)
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert get_profile(maria).legal_name == MARIA["legal_name"]
    assert "Maria Crafts SRL" in shown(merchant)


def test_somebody_without_an_address_is_asked_for_one() -> None:
    client = Client()
    sign_in(client, email="")
    assert "so we do not know yours" in shown(client)
    save(client)
    assert "so we do not know yours" not in shown(client)


def test_faults_are_said_and_nothing_is_saved(merchant: Client, maria: Actor) -> None:
    answer = save(merchant, contact_email="maria", phone="?")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "such as maria@example.com" in page
    assert "Enter a telephone number" in page
    assert "Maria Crafts SRL" in page
    assert get_profile(maria).version is None


def test_a_stale_page_shows_both_and_saves_when_sent_again(merchant: Client, maria: Actor) -> None:
    stale = shown(merchant)
    save(merchant, legal_name="From the other tab")
    answer = save(merchant, stale)
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "From the other tab" in page
    assert "Maria Crafts SRL" in page
    assert save(merchant, page).status_code == 302
    assert get_profile(maria).legal_name == "Maria Crafts SRL"


def test_strangers_have_accounts_of_their_own(merchant: Client, stranger: Client) -> None:
    save(merchant)
    assert "Maria Crafts" not in shown(stranger)


def test_what_is_typed_after_the_session_ended_is_kept(merchant: Client, maria: Actor) -> None:
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


def test_submitting_says_what_is_remembered_and_what_differs(
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
