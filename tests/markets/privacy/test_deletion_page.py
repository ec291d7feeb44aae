"""The page on which merchants delete their account."""

from django.test import Client

from core import deadline
from core.actors import Actor
from identity.sessions.operations import list_sessions
from markets.cities.models import City
from markets.privacy.erasure import plan_erasure
from markets.privacy.views import MARKET_SECONDS
from markets.queries import get_market, page_of_markets
from tests import factories
from tests.markets.privacy.people import LEGAL, make

PAGE = "/account/delete/"

CONFIRMATION = {"confirmation": "DELETE"}


def test_page_lists_applications_and_needs_confirmation(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = make(factories.approved, maria, city)
    page = merchant.get(PAGE).text
    assert market.reference in page
    assert "its place is given up" in page
    for wrong in ({}, {"confirmation": "delete it"}):
        answer = merchant.post(PAGE, wrong)
        assert answer.status_code == 422
        assert "Type the word DELETE" in answer.text
    assert get_market(maria, market.key).legal_name == LEGAL


def test_page_erases_data_and_ends_session(merchant: Client, maria: Actor, city: City) -> None:
    make(factories.draft, maria, city)
    answer = merchant.post(PAGE, {"confirmation": " delete "}, follow=True)
    # Tests' people are not in the pool, so there is no sign-in to delete.
    assert "Your data is deleted" in answer.text
    assert "Sign in again" in answer.text
    assert page_of_markets(maria).items == ()
    assert list_sessions(maria.id) == []
    assert merchant.get("/markets/").status_code == 302


def test_page_continues_deletion_after_time_limit(
    merchant: Client, maria: Actor, city: City
) -> None:
    for _ in range(3):
        make(factories.rejected, maria, city)
    with deadline.within(MARKET_SECONDS - 0.5):
        answer = merchant.post(PAGE, CONFIRMATION)
    assert "Not finished yet" in answer.text
    assert len(plan_erasure(maria, maria.id)) == 2
    assert "Your data is deleted" in merchant.post(PAGE, CONFIRMATION, follow=True).text
    assert plan_erasure(maria, maria.id) == []


def test_deletion_does_not_affect_other_merchants(
    stranger: Client, maria: Actor, city: City
) -> None:
    market = make(factories.submitted, maria, city)
    stranger.post(PAGE, CONFIRMATION)
    assert get_market(maria, market.key).legal_name == LEGAL
