"""The review's pages: decisions with their mails, undoing, reply templates."""

from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from approvals.review.notes import notes_on
from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.models import Market, Status
from markets.operations import revise_market, submit_market
from markets.outbox.messages import TIME_TO_UNDO, messages_to
from markets.queries import get_market
from tests import factories
from tests.approvals.pages import page, review_path
from tests.approvals.review.decisions import approve, ask, reject
from tests.clients import sign_in

APPEAL = "You can appeal within a month."


@pytest.fixture(name="city")
def city_fixture() -> City:
    return factories.make_city(appeal_notice=APPEAL)


# Asking for changes


def test_change_request_is_saved_and_shown(officer: Client, maria: Actor, market: Market) -> None:
    answer = {
        "expected_version": market.version,
        "text": "Nearly there.",
        "ask_description": "Without the fireworks, please.",
    }
    assert officer.post(review_path(market) + "request-changes/", answer).status_code == 302
    saved = get_market(maria, market.key)
    assert saved.status == Status.CHANGES_REQUESTED
    assert [each.field for each in saved.change_requests] == ["marketDescription"]
    shown = page(officer, review_path(market))
    assert "Without the fireworks, please." in shown
    assert "Nearly there." in shown


def test_change_request_without_field_is_refused(
    officer: Client, maria: Actor, market: Market
) -> None:
    answer = {"expected_version": market.version, "text": "Please change it."}
    response = officer.post(review_path(market) + "request-changes/", answer)
    assert response.status_code == 422
    assert "Say for at least one field what to change." in response.content.decode()
    assert "Please change it." in response.content.decode()
    assert get_market(maria, market.key).status == Status.SUBMITTED


def test_resubmission_shows_changes_since_review_first(
    officer: Client, maria: Actor, city: City, market: Market
) -> None:
    asked = ask(factories.officer(city.slug), market, market.version)
    revised = revise_market(
        maria, market.key, expected_version=asked.version, details={"description": "Carved spoons"}
    )
    submit_market(maria, market.key, expected_version=revised.version)
    shown = page(officer, review_path(market))
    news = shown.index("Since the city last reviewed it")
    assert news < shown.index("Please leave out the fireworks.") < shown.index('id="photos"')
    assert (
        news
        < shown.index("<del>Carved spoons<br><mark>Beeswax candles</mark></del>")
        < shown.index("Photos</h2")
    )


def test_undone_decision_does_not_count_as_review(
    officer: Client, maria: Actor, market: Market
) -> None:
    officer.post(review_path(market) + "approve/", {"expected_version": market.version})
    officer.post(review_path(market) + "undo/", {"expected_version": (market.version or 0) + 1})
    assert get_market(maria, market.key).status == Status.SUBMITTED
    assert "Since the city last reviewed it" not in page(officer, review_path(market))


# Two officers


def reject_as_colleague(city: City, market: Market) -> None:
    colleague = Client()
    sign_in(colleague, cities=[city.slug], name="Ioana Marin")
    reason = {"reason_code": "no_space", "text": "All is let."}
    colleague.post(review_path(market) + "reject/", {"expected_version": market.version} | reason)


def test_decision_conflict_shows_first_decision(
    officer: Client, city: City, market: Market
) -> None:
    reject_as_colleague(city, market)
    response = officer.post(review_path(market) + "approve/", {"expected_version": market.version})
    shown = unescape(response.content.decode())
    assert response.status_code == 409
    assert "<strong>Rejected</strong> by Ioana Marin" in shown
    assert "All is let." in shown
    assert len(messages_to(market)) == 1


def test_merchant_does_not_see_officer_name(merchant: Client, city: City, market: Market) -> None:
    reject_as_colleague(city, market)
    shown = page(merchant, f"/markets/{market.market_id}/")
    assert "All is let." in shown
    assert "Ioana Marin" not in shown


# Mails


@pytest.mark.parametrize(
    ("decision", "answer"),
    [
        ("approve", {"text": "Welcome to us."}),
        ("reject", {"reason_code": "no_space", "text": "Welcome to us."}),
        ("request-changes", {"text": "Welcome to us.", "ask_photos": "One more."}),
    ],
)
def test_mail_preview_shows_full_text_and_sends_nothing(
    officer: Client, maria: Actor, market: Market, decision: str, answer: dict[str, str]
) -> None:
    sent = answer | {"expected_version": str(market.version), "preview": "1"}
    response = officer.post(review_path(market) + f"{decision}/", sent)
    shown = unescape(response.content.decode())
    assert response.status_code == 200
    assert "Preview of the mail" in shown
    assert "Dear Test Crafts Ltd," in shown
    assert (
        shown.count("Welcome to us.") == 3
    )  # in the mail, in the form below it, in the decision's form
    assert messages_to(market) == []
    assert get_market(maria, market.key).version == market.version
    # The mail is the one of the preview.
    del sent["preview"]
    officer.post(review_path(market) + f"{decision}/", sent)
    (message,) = messages_to(market)
    assert message.body in shown.replace("\r\n", "\n")


def test_mail_preview_of_stale_version_is_refused(
    officer: Client, maria: Actor, market: Market
) -> None:
    revise_market(maria, market.key, expected_version=market.version, details={"name": "Fireworks"})
    answer = {"expected_version": market.version, "preview": "1"}
    assert officer.post(review_path(market) + "approve/", answer).status_code == 409


def test_rejection_includes_appeal_notice(
    officer: Client, merchant: Client, city: City, market: Market
) -> None:
    assert APPEAL in page(officer, review_path(market))
    rejected = reject(factories.officer(city.slug), market, market.version)
    notice = page(merchant, f"/markets/{market.market_id}/").split("What comes next")[0]
    assert APPEAL in notice
    assert APPEAL in messages_to(rejected)[0].body


def test_officer_and_merchant_see_mail_state(
    officer: Client, merchant: Client, city: City, market: Market
) -> None:
    decided = approve(factories.officer(city.slug), market, market.version)
    for client, path in (
        (officer, review_path(market)),
        (merchant, f"/markets/{market.market_id}/"),
    ):
        assert "Goes to merchant@example.com after" in page(client, path)
    (message,) = messages_to(decided)
    message.state, message.attempts = "failed", 5
    message.save()
    for client, path in (
        (officer, review_path(market)),
        (merchant, f"/markets/{market.market_id}/"),
    ):
        assert "Could not be delivered to merchant@example.com" in page(client, path)


# Undo


def test_undo_is_offered_for_ten_minutes(officer: Client, city: City, market: Market) -> None:
    decided = approve(factories.officer(city.slug), market, market.version)
    assert "Undo" in page(officer, review_path(market))
    message = messages_to(decided)[0]
    message.due_at = clock.now()
    message.save()
    assert "can be undone" not in page(officer, review_path(market))
    undone = officer.post(review_path(market) + "undo/", {"expected_version": decided.version})
    assert undone.status_code == 409
    assert f"{int(TIME_TO_UNDO.total_seconds()) // 60} minutes" in undone.content.decode()


@pytest.mark.parametrize("version", ["", "x", "1", None])
def test_undo_of_stale_version_is_refused(
    officer: Client, maria: Actor, city: City, market: Market, version: str | None
) -> None:
    approve(factories.officer(city.slug), market, market.version)
    data = {} if version is None else {"expected_version": version}
    assert officer.post(review_path(market) + "undo/", data).status_code == 409
    assert get_market(maria, market.key).status == Status.APPROVED


# Reply templates


def test_reply_template_fills_in_form(officer: Client, city: City, market: Market) -> None:
    template = factories.reply_template(
        factories.officer(city.slug),
        city,
        text="Dear {merchant}, {market} ({reference}) finds no room in {city}. Ask {contact}.",
    )
    shown = page(officer, review_path(market))
    assert "No room" in shown
    link = f"reply_template=en%23{template.template_id}"
    assert link in shown
    filled = page(officer, f"{review_path(market)}?{link}&status=submitted")
    assert (
        f"Dear Test Crafts Ltd, Lime wood and candles ({market.reference}) finds no room in"
        f" {city.name}. Ask office@example.com." in filled
    )
    assert page(officer, f"{review_path(market)}?reply_template=nonsense")


# Permissions


@pytest.mark.parametrize("action", ["request-changes", "undo", "notes"])
def test_other_actors_get_not_found(
    merchant: Client,
    stranger: Client,
    visitor: Client,
    maria: Actor,
    market: Market,
    action: str,
) -> None:
    other = Client()
    sign_in(other, cities=[factories.make_city().slug])
    data = {
        "expected_version": market.version,
        "ask_photos": "One more.",
        "note_id": str(uuid4()),
        "text": "Hello",
    }
    for client in (merchant, stranger, other):
        assert client.post(review_path(market) + f"{action}/", data).status_code == 404
    assert (
        visitor.post(review_path(market) + f"{action}/", data).status_code == 403
    )  # saved, not done
    assert get_market(maria, market.key).version == market.version
    assert notes_on(market) == []
