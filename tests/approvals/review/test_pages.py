"""The review: decisions with their mails, undo, notes, and what changed since the last time."""

from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from approvals.reply_templates.models import Occasion
from approvals.reply_templates.operations import add_reply_template
from approvals.review.notes import add_note, notes_on
from core import clock
from core.actors import Actor
from core.errors import InvalidDetails, NotFound
from markets.cities.models import City
from markets.models import Language, Market, Status
from markets.operations import revise_market, submit_market
from markets.outbox.messages import TIME_TO_UNDO, messages_to
from markets.queries import get_market
from tests import factories
from tests.approvals.review.decisions import approve, ask, reject
from tests.clients import sign_in

APPEAL = "You can appeal within a month."


@pytest.fixture(name="city")
def city_fixture() -> City:
    return factories.make_city(appeal_notice=APPEAL)


@pytest.fixture(name="market")
def market_fixture(maria: Actor, city: City) -> Market:
    return factories.submitted(maria, city)


def desk(market: Market) -> str:
    return f"/city-hall/{market.city}/markets/{market.user_id}/{market.market_id}/"


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return unescape(response.content.decode())


# Asking for changes


def test_asking_for_changes_reaches_the_merchant(
    officer: Client, maria: Actor, market: Market
) -> None:
    answer = {
        "expected_version": market.version,
        "text": "Nearly there.",
        "ask_description": "Without the fireworks, please.",
    }
    assert officer.post(desk(market) + "request-changes/", answer).status_code == 302
    saved = get_market(maria, market.key)
    assert saved.status == Status.CHANGES_REQUESTED
    assert [each.field for each in saved.change_requests] == ["marketDescription"]
    shown = page(officer, desk(market))
    assert "Without the fireworks, please." in shown
    assert "Nearly there." in shown


def test_asking_for_nothing_is_refused(officer: Client, maria: Actor, market: Market) -> None:
    answer = {"expected_version": market.version, "text": "Please change it."}
    response = officer.post(desk(market) + "request-changes/", answer)
    assert response.status_code == 422
    assert "Say for at least one field what to change." in response.content.decode()
    assert "Please change it." in response.content.decode()
    assert get_market(maria, market.key).status == Status.SUBMITTED


def test_a_resubmission_shows_first_what_changed_since_the_review(
    officer: Client, maria: Actor, city: City, market: Market
) -> None:
    asked = ask(factories.officer(city.slug), market, market.version)
    revised = revise_market(
        maria, market.key, expected_version=asked.version, details={"description": "Carved spoons"}
    )
    submit_market(maria, market.key, expected_version=revised.version)
    shown = page(officer, desk(market))
    news = shown.index("Since the city last reviewed it")
    assert news < shown.index("Please leave out the fireworks.") < shown.index('id="photos"')
    assert (
        news
        < shown.index("<del>Carved spoons<br><mark>Beeswax candles</mark></del>")
        < shown.index("Photos</h2")
    )


def test_an_undone_review_is_none(officer: Client, maria: Actor, market: Market) -> None:
    officer.post(desk(market) + "approve/", {"expected_version": market.version})
    officer.post(desk(market) + "undo/", {"expected_version": (market.version or 0) + 1})
    assert get_market(maria, market.key).status == Status.SUBMITTED
    assert "Since the city last reviewed it" not in page(officer, desk(market))


# Two officers


def test_the_second_officer_is_told_who_did_what(
    officer: Client, city: City, market: Market
) -> None:
    colleague = Client()
    sign_in(colleague, cities=[city.slug], name="Ioana Marin")
    reason = {"reason_code": "no_space", "text": "All is let."}
    colleague.post(desk(market) + "reject/", {"expected_version": market.version} | reason)
    response = officer.post(desk(market) + "approve/", {"expected_version": market.version})
    told = unescape(response.content.decode())
    assert response.status_code == 409
    assert "<strong>Rejected</strong> by Ioana Marin" in told
    assert "All is let." in told
    assert len(messages_to(market)) == 1


def test_the_merchant_is_not_told_the_officers_name(
    merchant: Client, city: City, market: Market
) -> None:
    colleague = Client()
    sign_in(colleague, cities=[city.slug], name="Ioana Marin")
    reason = {"reason_code": "no_space", "text": "All is let."}
    colleague.post(desk(market) + "reject/", {"expected_version": market.version} | reason)
    shown = page(merchant, f"/markets/{market.market_id}/")
    assert "All is let." in shown
    assert "Ioana Marin" not in shown


# The mail before and after


@pytest.mark.parametrize(
    ("decision", "answer"),
    [
        ("approve", {"text": "Welcome to us."}),
        ("reject", {"reason_code": "no_space", "text": "Welcome to us."}),
        ("request-changes", {"text": "Welcome to us.", "ask_photos": "One more."}),
    ],
)
def test_a_preview_shows_the_whole_mail_and_sends_nothing(
    officer: Client, maria: Actor, market: Market, decision: str, answer: dict[str, str]
) -> None:
    sent = answer | {"expected_version": str(market.version), "preview": "1"}
    response = officer.post(desk(market) + f"{decision}/", sent)
    shown = unescape(response.content.decode())
    assert response.status_code == 200
    assert "The mail, as it would be sent" in shown
    assert "Dear Test Crafts Ltd," in shown
    assert shown.count("Welcome to us.") == 3  # in the mail, in what sends it, in the form
    assert messages_to(market) == []
    assert get_market(maria, market.key).version == market.version
    # What was previewed is what is written.
    del sent["preview"]
    officer.post(desk(market) + f"{decision}/", sent)
    (message,) = messages_to(market)
    assert message.body in shown.replace("\r\n", "\n")


def test_a_preview_of_another_version_is_refused(
    officer: Client, maria: Actor, market: Market
) -> None:
    revise_market(maria, market.key, expected_version=market.version, details={"name": "Fireworks"})
    answer = {"expected_version": market.version, "preview": "1"}
    assert officer.post(desk(market) + "approve/", answer).status_code == 409


def test_the_appeal_notice_stands_below_every_rejection(
    officer: Client, merchant: Client, city: City, market: Market
) -> None:
    assert APPEAL in page(officer, desk(market))
    rejected = reject(factories.officer(city.slug), market, market.version)
    notice = page(merchant, f"/markets/{market.market_id}/").split("What comes next")[0]
    assert APPEAL in notice
    assert APPEAL in messages_to(rejected)[0].body


def test_what_became_of_the_mail_is_shown_to_both(
    officer: Client, merchant: Client, city: City, market: Market
) -> None:
    decided = approve(factories.officer(city.slug), market, market.version)
    for client, path in ((officer, desk(market)), (merchant, f"/markets/{market.market_id}/")):
        assert "Goes to merchant@example.com after" in page(client, path)
    (message,) = messages_to(decided)
    message.state, message.attempts = "failed", 5
    message.save()
    for client, path in ((officer, desk(market)), (merchant, f"/markets/{market.market_id}/")):
        assert "Could not be delivered to merchant@example.com" in page(client, path)


# Undo


def test_undo_is_offered_for_ten_minutes(officer: Client, city: City, market: Market) -> None:
    decided = approve(factories.officer(city.slug), market, market.version)
    assert "Undo" in page(officer, desk(market))
    message = messages_to(decided)[0]
    message.due_at = clock.now()
    message.save()
    assert "can be undone" not in page(officer, desk(market))
    undone = officer.post(desk(market) + "undo/", {"expected_version": decided.version})
    assert undone.status_code == 409
    assert f"{int(TIME_TO_UNDO.total_seconds()) // 60} minutes" in undone.content.decode()


@pytest.mark.parametrize("version", ["", "x", "1", None])
def test_an_undo_that_names_another_version_undoes_nothing(
    officer: Client, maria: Actor, city: City, market: Market, version: str | None
) -> None:
    approve(factories.officer(city.slug), market, market.version)
    data = {} if version is None else {"expected_version": version}
    assert officer.post(desk(market) + "undo/", data).status_code == 409
    assert get_market(maria, market.key).status == Status.APPROVED


# Replies


def test_a_reply_begins_the_form_with_the_markets_own_data(
    officer: Client, city: City, market: Market
) -> None:
    reply = add_reply_template(
        factories.officer(city.slug),
        city.slug,
        template_id=str(uuid4()),
        language=Language.EN,
        title="No room",
        occasion=Occasion.REJECT,
        text="Dear {merchant}, {market} ({reference}) finds no room in {city}. Ask {contact}.",
    )
    shown = page(officer, desk(market))
    assert "No room" in shown
    link = f"reply=en%23{reply.template_id}"
    assert link in shown
    filled = page(officer, f"{desk(market)}?{link}&status=submitted")
    assert (
        f"Dear Test Crafts Ltd, Lime wood and candles ({market.reference}) finds no room in"
        f" {city.name}. Ask desk@example.com." in filled
    )
    assert page(officer, f"{desk(market)}?reply=nonsense")


# Notes


def test_notes_are_read_by_colleagues(officer: Client, city: City, market: Market) -> None:
    data = {"note_id": str(uuid4()), "text": "Called them: the\nlicence is there."}
    for _ in range(2):  # a double click makes one
        assert officer.post(desk(market) + "notes/", data).status_code == 302
    colleague = Client()
    sign_in(colleague, cities=[city.slug])
    shown = page(colleague, desk(market))
    assert shown.count("Called them") == 1
    assert "Test Person" in shown


@pytest.mark.parametrize("text", ["", "  ", "x" * 2_001])
def test_a_note_that_cannot_be_read_is_refused(
    officer: Client, city: City, market: Market, text: str
) -> None:
    data = {"note_id": str(uuid4()), "text": text}
    assert officer.post(desk(market) + "notes/", data).status_code == 422
    with pytest.raises(InvalidDetails):
        add_note(
            factories.officer(city.slug), city.slug, market.key, note_id=str(uuid4()), text=text
        )
    assert notes_on(market) == []


def test_nobody_else_writes_a_note(maria: Actor, city: City, market: Market) -> None:
    elsewhere = factories.make_city()
    for actor in (
        maria,
        factories.officer(elsewhere.slug),
        factories.OPERATOR,
        Actor.visitor(),
    ):
        with pytest.raises(NotFound):
            add_note(actor, city.slug, market.key, note_id=str(uuid4()), text="Hello")
    with pytest.raises(NotFound):
        add_note(
            factories.officer(elsewhere.slug),
            elsewhere.slug,
            market.key,
            note_id=str(uuid4()),
            text="Hello",
        )
    assert notes_on(market) == []


def test_a_note_stays_as_it_was_written(city: City, market: Market) -> None:
    officer, note_id = factories.officer(city.slug), str(uuid4())
    first = add_note(officer, city.slug, market.key, note_id=note_id, text="First.")
    with pytest.raises(Exception, match="written already"):
        add_note(officer, city.slug, market.key, note_id=note_id, text="Second.")
    assert [note.text for note in notes_on(market)] == [first.text]


def test_the_merchant_never_reads_a_note(
    officer: Client, merchant: Client, maria: Actor, market: Market
) -> None:
    """Every page of the merchant's that a link leads to, from the list of their markets."""
    secret = "They seem nervous."
    officer.post(desk(market) + "notes/", {"note_id": str(uuid4()), "text": secret})
    assert secret in page(officer, desk(market))
    seen, ahead = set[str](), ["/markets/", f"/markets/{market.market_id}/"]
    while ahead:
        path = ahead.pop()
        seen.add(path)
        response = merchant.get(path)
        if response.status_code != 200:
            continue
        body = b"".join(response) if response.streaming else response.content
        text = body.decode(errors="replace")
        assert secret not in text
        links = {part.split('"')[0].split("#")[0] for part in text.split('href="')[1:]}
        ahead += [link for link in links if link.startswith("/markets/") and link not in seen]
    assert len(seen) > 3


@pytest.mark.parametrize("app_client", ["request-changes", "undo", "notes"])
def test_strangers_find_no_door(
    merchant: Client,
    stranger: Client,
    visitor: Client,
    maria: Actor,
    market: Market,
    app_client: str,
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
        assert client.post(desk(market) + f"{app_client}/", data).status_code == 404
    assert visitor.post(desk(market) + f"{app_client}/", data).status_code == 403  # kept, not done
    assert get_market(maria, market.key).version == market.version
    assert notes_on(market) == []
