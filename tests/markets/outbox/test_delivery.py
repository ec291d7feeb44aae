"""The delivery of the outbox through the embedded SES."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import StringIO
from urllib.request import urlopen

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from core import clock
from core.actors import Actor
from core.errors import NotAllowed
from markets.cities.models import City
from markets.models import Market
from markets.operations import revise_market, submit_market, withdraw_market
from markets.outbox.delivery import RETRY_DELAYS, Delivery, deliver_due
from markets.outbox.messages import TIME_TO_UNDO, messages_to
from markets.outbox.models import Message, MessageState
from tests import factories
from tests.account import SessionAccount
from tests.approvals.review.decisions import approve, ask, reject, undo

OPERATOR = factories.OPERATOR


@pytest.fixture(autouse=True)
def _ses(settings: Settings, account: SessionAccount) -> None:
    """Send by SES as the site does, and nothing that other tests left."""
    settings.MAILERS = {"default": {"BACKEND": "django_ses.SESBackend"}}
    account.empty_tables(Message.Meta.table_name)


@pytest.fixture(name="address")
def address_fixture(maria: Actor) -> str:
    return f"{maria.id}@example.com"


@pytest.fixture(name="market")
def market_fixture(maria: Actor, city: City, address: str) -> Market:
    return factories.submitted(maria, city, contact_email=address)


@pytest.fixture(name="officer")
def officer_fixture(city: City) -> Actor:
    return factories.officer(city.slug)


@pytest.fixture(name="sent")
def sent_fixture(account: SessionAccount, address: str) -> Callable[[], list[dict[str, str]]]:
    """Ask the embedded SES what it was given for Maria."""

    def sent() -> list[dict[str, str]]:
        url = f"{account.operator.endpoint}/_ministack/ses/messages"
        with urlopen(url) as answer:  # noqa: S310
            by_account = json.load(answer)["messages"]
        return [mail for mails in by_account.values() for mail in mails if mail["To"] == [address]]

    return sent


@contextmanager
def later(than: datetime, by: timedelta = TIME_TO_UNDO) -> Iterator[None]:
    with clock.freeze(than + by):
        yield


def the_message(market: Market) -> Message:
    (message,) = messages_to(market)
    return message


Sent = Callable[[], list[dict[str, str]]]


def deliver(*markets: Market, dry_run: bool = False) -> list[Delivery]:
    """Deliver what is due; other tests may have something due at the same time."""
    own = {market.reference for market in markets}
    return [each for each in deliver_due(OPERATOR, dry_run=dry_run) if each.reference in own]


def test_due_message_is_sent_once(officer: Actor, market: Market, sent: Sent) -> None:
    at = reject(officer, market, market.version).updated_at
    with later(at, TIME_TO_UNDO - timedelta(seconds=1)):
        assert deliver(market) == []
    assert sent() == []
    with later(at):
        (delivery,) = deliver(market)
        assert deliver(market) == []
    assert (delivery.state, delivery.attempts) == (MessageState.SENT, 1)
    (mail,) = sent()
    assert mail["Source"] == "garage@example.com"
    assert market.reference in mail["Subject"]
    assert "There is no space left in this category." in mail["BodyText"]
    message = the_message(market)
    assert message.state == MessageState.SENT
    assert message.receipt == mail["MessageId"]
    assert message.sent_at == at + TIME_TO_UNDO


def test_concurrent_runs_send_each_message_once(
    officer: Actor, maria: Actor, city: City, address: str, sent: Sent
) -> None:
    markets = [factories.submitted(maria, city, contact_email=address) for _ in range(12)]
    at = [approve(officer, market, market.version).updated_at for market in markets][-1]

    def run() -> int:
        with later(at):
            return len(deliver(*markets))

    with ThreadPoolExecutor(4) as pool:
        taken = [each.result() for each in [pool.submit(run) for _ in range(4)]]
    assert sum(taken) == len(sent()) == 12


def test_message_of_undone_decision_is_not_sent(officer: Actor, market: Market, sent: Sent) -> None:
    decided = reject(officer, market, market.version)
    undo(officer, decided, decided.version)
    with later(decided.updated_at):
        assert deliver(market) == []
    assert sent() == []


@pytest.mark.parametrize("answer", ["withdrawn", "edited", "submitted again"])
def test_outdated_message_is_cancelled(
    officer: Actor, maria: Actor, market: Market, sent: Sent, answer: str
) -> None:
    decide = ask if answer == "submitted again" else approve
    decided = decide(officer, market, market.version)
    if answer == "withdrawn":
        withdraw_market(maria, market.key, expected_version=decided.version)
    elif answer == "edited":
        revise_market(
            maria, market.key, expected_version=decided.version, details={"name": "Fireworks"}
        )
    else:
        submit_market(maria, market.key, expected_version=decided.version)
    with later(decided.updated_at):
        (delivery,) = deliver(market)
    assert (delivery.state, delivery.failure) == (MessageState.CANCELLED, "Outdated")
    assert sent() == []


def test_change_request_is_sent_after_first_edit(
    officer: Actor, maria: Actor, market: Market, sent: Sent
) -> None:
    asked = ask(officer, market, market.version)
    revise_market(
        maria, market.key, expected_version=asked.version, details={"description": "Spoons"}
    )
    with later(asked.updated_at):
        assert len(deliver(market)) == 1
    assert len(sent()) == 1


def test_failed_delivery_is_retried_up_to_five_attempts(
    officer: Actor, market: Market, sent: Sent, settings: Settings
) -> None:
    settings.DEFAULT_FROM_EMAIL = "nobody-has-verified@elsewhere.example"
    now = approve(officer, market, market.version).updated_at + TIME_TO_UNDO
    for attempt, pause in enumerate(RETRY_DELAYS, start=1):
        with clock.freeze(now):
            (delivery,) = deliver(market)
        assert (delivery.attempts, delivery.failure) == (attempt, "MessageRejected")
        with clock.freeze(now + pause - timedelta(seconds=1)):
            assert deliver(market) == []
        now += pause
    assert delivery.state == MessageState.FAILED
    with clock.freeze(now):
        assert deliver(market) == []
    assert the_message(market).state == MessageState.FAILED
    assert sent() == []


def test_failed_message_does_not_block_others(
    officer: Actor, maria: Actor, city: City, market: Market, sent: Sent
) -> None:
    bad = factories.submitted(maria, city, contact_email="merchant@example.com")
    approve(officer, bad, bad.version)
    broken = the_message(bad)
    broken.subject = "Two\nlines"
    broken.save()
    at = approve(officer, market, market.version).updated_at
    with later(at):
        states = {each.reference: each.state for each in deliver(bad, market)}
    assert states == {
        bad.reference: MessageState.WAITING,
        market.reference: MessageState.SENT,
    }
    assert len(sent()) == 1


def test_dry_run_changes_nothing(officer: Actor, market: Market, sent: Sent) -> None:
    at = approve(officer, market, market.version).updated_at
    with later(at):
        (would,) = deliver(market, dry_run=True)
        assert (would.state, would.attempts) == (MessageState.SENT, 0)
    assert sent() == []
    assert the_message(market).attempts == 0


def test_only_operators_deliver_messages(officer: Actor, maria: Actor) -> None:
    for actor in (officer, maria, Actor.visitor()):
        with pytest.raises(NotAllowed):
            list(deliver_due(actor))


def test_command_reports_deliveries(officer: Actor, market: Market, sent: Sent) -> None:
    at = approve(officer, market, market.version).updated_at
    with later(at):
        out = StringIO()
        call_command("deliver_messages", "--dry-run", stdout=out)
        assert f"{market.reference} approve: Sent\n" in out.getvalue()
        assert out.getvalue().endswith(" would be sent.\n")
        out = StringIO()
        call_command("deliver_messages", "--json", stdout=out)
    deliveries = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [each for each in deliveries if each["reference"] == market.reference] == [
        {
            "reference": market.reference,
            "action": "approve",
            "state": "sent",
            "attempts": 1,
            "failure": None,
        }
    ]
    assert len(sent()) == 1


@pytest.mark.parametrize("every", ["0", "-1", "nan"])
def test_command_refuses_interval_below_one_second(every: str) -> None:
    with pytest.raises(CommandError, match="1 second or more"):
        call_command("deliver_messages", "--every", every)


def test_command_fails_if_delivery_fails(
    officer: Actor, market: Market, settings: Settings
) -> None:
    settings.DEFAULT_FROM_EMAIL = "nobody-has-verified@elsewhere.example"
    at = approve(officer, market, market.version).updated_at
    with later(at), pytest.raises(CommandError):
        call_command("deliver_messages", stdout=StringIO())
