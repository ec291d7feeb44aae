"""Sections that are sent after the session has ended."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from core import clock
from core.actors import Actor
from core.unsaved import operations as unsaved
from markets.cities.models import City
from markets.models import Market, Status
from markets.operations import revise_market, submit_market
from markets.queries import get_market
from tests import factories
from tests.clients import sign_in
from tests.markets.applications.pages import ENTERED, hidden, only_market, section, send


def end_session(client: Client) -> None:
    from identity.sessions.models import Session

    Session.get(client.session["person"]["id"]).delete()


def sign_in_again(client: Client, actor: Actor) -> None:
    sign_in(client, sub=actor.id, email="maria@example.com")


@pytest.mark.parametrize("via", ["button", "script"])
def test_unsaved_input_is_restored_after_sign_in(
    merchant: Client, maria: Actor, draft: Market, via: str
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    end_session(merchant)
    response = send(merchant, draft, "goods", page=page, via=via)
    app_client = f"/sign-in/?next={section(draft, 'goods')}"
    if via == "script":
        assert response.status_code == 401
        assert f'href="{app_client}"' in response.content.decode()
    else:
        assert response.headers["Location"] == app_client
        assert "What you entered is kept" in merchant.get(app_client).content.decode()
    assert get_market(maria, draft.key).version == 1  # nobody has written anything

    sign_in_again(merchant, maria)
    back = merchant.get(section(draft, "goods")).content.decode()
    assert "Beeswax candles" in back
    assert "This is not saved yet" in back
    assert send(merchant, draft, "goods", page=back).status_code == 302
    assert get_market(maria, draft.key).description == ENTERED["goods"]["description"]
    assert "This is not saved yet" not in merchant.get(section(draft, "goods")).content.decode()


def test_unsaved_input_is_stored_without_cookies(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    nobody = Client(enforce_csrf_checks=True)
    response = send(nobody, draft, "goods", page=page)
    assert response.headers["Location"].startswith("/sign-in/?next=")
    assert "Beeswax candles" in merchant.get(section(draft, "goods")).content.decode()


def test_form_with_old_csrf_token_is_stored_as_unsaved(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    strict = Client(enforce_csrf_checks=True)
    sign_in_again(strict, maria)
    page = strict.get(section(draft, "goods")).content.decode()
    del strict.cookies[settings.CSRF_COOKIE_NAME]
    strict.get(section(draft, "market"))  # another token from here on
    response = send(strict, draft, "goods", page=page)
    assert response.headers["Location"] == section(draft, "goods")
    assert "Beeswax candles" in strict.get(section(draft, "goods")).content.decode()
    by_script = send(strict, draft, "goods", page=page, via="script")
    assert by_script.status_code == 401
    assert "load the page again" in by_script.content.decode()


def test_unsaved_input_is_hidden_from_other_people(
    merchant: Client, stranger: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    end_session(merchant)
    send(merchant, draft, "goods", page=page)
    assert stranger.get(section(draft, "goods")).status_code == 404
    sign_in(merchant)  # somebody else in the same browser
    answer = merchant.get(section(draft, "goods"))
    assert answer.status_code == 404
    assert "Beeswax" not in answer.content.decode()


def test_author_signature_of_other_page_stores_nothing(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    nobody = Client()
    data = hidden(page) | ENTERED["market"]
    nobody.post(section(draft, "market"), data)
    assert unsaved.get(maria.id, section(draft, "market")) is None
    nobody.post(section(draft, "goods"), data | {"author_signature": "made-up"})
    assert unsaved.get(maria.id, section(draft, "goods")) is None


def test_unsaved_input_can_be_discarded_and_expires(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    url = section(draft, "goods")
    page = merchant.get(url).content.decode()
    for _ in range(2):
        send(Client(), draft, "goods", page=page)
        assert unsaved.get(maria.id, url)
        merchant.post(url, {"action": "discard"})
        assert unsaved.get(maria.id, url) is None
    send(Client(), draft, "goods", page=page)
    with clock.freeze(clock.now() + unsaved.LIFETIME + timedelta(seconds=1)):
        assert unsaved.get(maria.id, url) is None


def test_too_large_input_stays_on_page(merchant: Client, maria: Actor, draft: Market) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    long = "x" * (unsaved.MAX_BYTES + 1)
    response = send(Client(), draft, "goods", page=page, description=long)
    assert response.status_code == 403
    assert long in response.content.decode()
    assert unsaved.get(maria.id, section(draft, "goods")) is None
    by_script = send(Client(), draft, "goods", page=page, via="script", description=long)
    assert by_script.status_code == 401
    assert "could not be kept" in by_script.content.decode()


def test_unsaved_input_is_compared_with_newer_save(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    send(Client(), draft, "goods", page=page, description="Typed first")
    revise_market(maria, draft.key, expected_version=1, details={"description": "Saved later"})
    back = merchant.get(section(draft, "goods")).content.decode()
    assert "<del>Saved later</del>" in back
    assert "<ins>Typed first</ins>" in back


def test_unsaved_input_survives_submission(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.draft(maria, city)
    page = merchant.get(section(market, "goods")).content.decode()
    send(Client(), market, "goods", page=page)
    submit_market(maria, market.key, expected_version=1)
    back = merchant.get(section(market, "goods")).content.decode()
    assert "Beeswax candles" in back
    assert send(merchant, market, "goods", page=back).status_code == 302
    assert only_market(maria).status == Status.SUBMITTED
