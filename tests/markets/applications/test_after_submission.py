"""The pages of an application after its submission, and those that end it."""

from django.test import Client

from approvals.review.operations import request_changes
from core.actors import Actor
from markets.cities.models import City
from markets.history.queries import history_of
from markets.models import Status
from markets.operations import revise_market, withdraw_market
from markets.outbox.messages import messages_to
from markets.queries import get_market, page_of_markets
from tests import factories
from tests.markets.applications.pages import hidden, only_market, section, send


def test_status_page_shows_requests_messages_and_timeline(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    request_changes(
        factories.officer(city.slug),
        city.slug,
        market.key,
        expected_version=2,
        requests=[("marketDescription", "Which candles?")],
        text="Almost there.",
    )
    page = merchant.get(f"/markets/{market.market_id}/").content.decode()
    (message,) = messages_to(market)
    assert page.count("Which candles?") >= 2  # asked, and in the message
    assert message.subject in page
    assert f"Goes to {message.to} after" in page
    assert "It is your turn" in page
    assert "Check and submit again" in page
    assert page.index("Changes requested</h3>") < page.index("Submitted</h3>")


def test_each_version_has_a_page(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    revise_market(maria, market.key, expected_version=2, details={"name": "Wax"})
    status = merchant.get(f"/markets/{market.market_id}/").content.decode()
    for number in (2, 3):
        assert f'href="/markets/{market.market_id}/versions/{number}/"' in status
    first = merchant.get(f"/markets/{market.market_id}/versions/2/").content.decode()
    assert "<h1>Lime wood and candles</h1>" in first
    assert "Later versions exist" in first
    assert "Beeswax candles" in first
    assert "12.50 EUR" in first
    assert market.photos[0].url in first
    second = merchant.get(f"/markets/{market.market_id}/versions/3/").content.decode()
    assert "<h1>Wax</h1>" in second
    assert "<del>Lime wood and candles</del>" in second
    for number in (0, 1, 4, 10**12):
        assert merchant.get(f"/markets/{market.market_id}/versions/{number}/").status_code == 404


def test_merchant_pages_show_no_internal_note(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.rejected(maria, city)
    (entry,) = [record for record in history_of(market) if record.action == "reject"]
    entry.note = "Between us: he is late every year."
    entry.save()
    for page in ("", "versions/2/", "versions/3/"):
        answer = merchant.get(f"/markets/{market.market_id}/{page}").content.decode()
        assert "late every year" not in answer


def test_withdrawal_needs_confirmation(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    url = section(market, "withdraw")
    assert "Withdraw" in merchant.get(url).content.decode()
    assert get_market(maria, market.key).status == Status.SUBMITTED
    merchant.post(url, {"expected_version": "2"})
    assert get_market(maria, market.key).status == Status.WITHDRAWN
    assert merchant.get(url).status_code == 302


def test_repeated_confirmed_deletion_of_draft_is_no_error(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.draft(maria, city)
    url = section(market, "delete")
    form = hidden(merchant.get(url).content.decode())
    assert only_market(maria)
    for _ in range(2):
        assert merchant.post(url, form).headers["Location"] == "/markets/"
    assert page_of_markets(maria).items == ()
    assert merchant.get(url).status_code == 404


def test_stale_draft_version_is_not_deleted(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.draft(maria, city)
    form = hidden(merchant.get(section(market, "delete")).content.decode())
    send(merchant, market, "goods", average_price="9")
    merchant.post(section(market, "delete"), form)
    assert str(only_market(maria).average_price) == "9.00"


def test_submitted_application_cannot_be_deleted(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    response = merchant.post(section(market, "delete"), {"expected_version": "2"})
    assert response.headers["Location"] == f"/markets/{market.market_id}/"
    assert only_market(maria).status == Status.SUBMITTED


def test_repeated_apply_again_creates_one_draft(merchant: Client, maria: Actor, city: City) -> None:
    old = withdraw_market(maria, factories.submitted(maria, city).key, expected_version=2)
    url = section(old, "again")
    form = hidden(merchant.get(url).content.decode())
    nowhere = merchant.post(url, form)
    assert nowhere.status_code == 422
    assert "Choose a city." in nowhere.content.decode()
    assert merchant.post(url, form | {"city": "atlantis"}).status_code == 422
    for _ in range(3):
        response = merchant.post(url, form | {"city": city.slug})
        assert response.status_code == 302
    (new,) = [market for market in page_of_markets(maria).items if market.key != old.key]
    assert (new.status, new.name) == (Status.DRAFT, old.name)
    assert response.headers["Location"] == f"/markets/{new.market_id}/"
