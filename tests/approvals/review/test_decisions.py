"""Change requests, undo, and two officers who decide at the same time."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from approvals.review.operations import request_changes
from core import clock
from core.actors import Actor
from core.errors import DomainError, InvalidDetails, InvalidTransition, NotFound, VersionConflict
from markets.cities.models import City
from markets.history.queries import history_of
from markets.models import Market, Status
from markets.operations import revise_market, submit_market, withdraw_market
from markets.outbox.messages import TIME_TO_UNDO, TooLate, messages_to
from markets.outbox.models import MessageState
from markets.queries import get_market
from tests import factories
from tests.approvals.review.decisions import (
    SHORTER,
    Decision,
    approve,
    ask,
    every_decision,
    reject,
    undo,
)


@pytest.fixture(name="officer")
def officer_fixture(city: City) -> Actor:
    return factories.officer(city.slug)


def test_change_request_records_fields_and_messages(
    officer: Actor, maria: Actor, market: Market
) -> None:
    ask(officer, market, market.version)
    saved = get_market(maria, market.key)
    assert saved.status == Status.CHANGES_REQUESTED
    assert [(each.field, each.message) for each in saved.change_requests] == [SHORTER]
    assert saved.decided_at is None
    record = history_of(saved)[-1]
    assert record.after["changeRequests"] == [dict(zip(("field", "message"), SHORTER, strict=True))]
    assert record.actor_id == officer.id


def test_resubmission_clears_change_requests(officer: Actor, maria: Actor, market: Market) -> None:
    asked = ask(officer, market, market.version)
    revised = revise_market(
        maria, market.key, expected_version=asked.version, details={"description": "Spoons"}
    )
    assert revised.change_requests  # until the application is submitted again
    submit_market(maria, market.key, expected_version=revised.version)
    saved = get_market(maria, market.key)
    assert saved.status == Status.SUBMITTED
    assert saved.change_requests == []


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [("marketName", "")],
        [("marketName", "  \n")],
        [("marketName", "x" * 1_001)],
        [("marketApproved", "Please approve yourself.")],
        [("name", "By the wrong name.")],
        [("marketName", "Once."), ("marketName", "Twice.")],
    ],
)
def test_invalid_change_request_is_refused(
    officer: Actor, maria: Actor, market: Market, requests: Sequence[tuple[str, str]]
) -> None:
    with pytest.raises(InvalidDetails):
        request_changes(
            officer,
            market.city,
            market.key,
            expected_version=market.version,
            requests=requests,
        )
    assert get_market(maria, market.key).version == market.version


# Undo


@every_decision
def test_undo_restores_status_and_queue_position(
    officer: Actor, maria: Actor, market: Market, decide: Decision
) -> None:
    decided = decide(officer, market, market.version)
    undo(factories.officer(market.city), decided, decided.version)
    saved = get_market(maria, market.key)
    assert (saved.status, saved.approved) == (Status.SUBMITTED, False)
    assert saved.queue_key == market.queue_key
    assert not any((saved.decided_at, saved.decided_by, saved.reason_code))
    assert not any((saved.decision_text, saved.change_requests))
    assert [entry.action for entry in history_of(saved)][-1] == "undo"
    (message,) = messages_to(saved)
    assert message.state == MessageState.CANCELLED


def test_application_can_be_decided_again_after_undo(officer: Actor, market: Market) -> None:
    decided = reject(officer, market, market.version)
    undone = undo(officer, market, decided.version)
    again = approve(officer, market, undone.version)
    assert again.status == Status.APPROVED
    assert [each.state for each in messages_to(again)] == ["waiting", "cancelled"]


@every_decision
def test_undo_after_ten_minutes_is_refused(
    officer: Actor, maria: Actor, market: Market, decide: Decision
) -> None:
    decided = decide(officer, market, market.version)
    with clock.freeze(decided.updated_at + TIME_TO_UNDO), pytest.raises(TooLate):
        undo(officer, market, decided.version)
    saved = get_market(maria, market.key)
    assert (saved.status, saved.version) == (decided.status, decided.version)
    with clock.freeze(decided.updated_at + TIME_TO_UNDO - timedelta(seconds=1)):
        undo(officer, market, decided.version)


def test_undo_after_first_delivery_attempt_is_refused(
    officer: Actor, maria: Actor, market: Market
) -> None:
    decided = approve(officer, market, market.version)
    (message,) = messages_to(decided)
    message.attempts = 1
    message.save()
    with pytest.raises(TooLate):
        undo(officer, market, decided.version)
    assert get_market(maria, market.key).status == Status.APPROVED


def test_undo_of_change_request_after_edit_is_refused(
    officer: Actor, maria: Actor, market: Market
) -> None:
    asked = ask(officer, market, market.version)
    revised = revise_market(
        maria, market.key, expected_version=asked.version, details={"description": "Spoons"}
    )
    with pytest.raises(TooLate):
        undo(officer, market, revised.version)
    assert get_market(maria, market.key).version == revised.version


@every_decision
def test_only_officers_of_city_undo(
    officer: Actor, maria: Actor, city: City, market: Market, decide: Decision
) -> None:
    decided = decide(officer, market, market.version)
    elsewhere = factories.make_city()
    others = [
        factories.officer(elsewhere.slug),
        maria,
        factories.merchant(),
        factories.OPERATOR,
        Actor.visitor(),
    ]
    for actor in others:
        with pytest.raises(NotFound):
            undo(actor, decided, decided.version)
    assert get_market(maria, market.key).version == decided.version


def test_undo_of_stale_version_is_refused(officer: Actor, maria: Actor, market: Market) -> None:
    decided = approve(officer, market, market.version)
    with pytest.raises(VersionConflict):
        undo(officer, market, decided.version - 1)
    withdrawn = withdraw_market(maria, market.key, expected_version=decided.version)
    with pytest.raises(InvalidTransition):
        undo(officer, market, withdrawn.version)


# Messages


def test_refused_decision_writes_no_message(officer: Actor, market: Market) -> None:
    for decide, version in ((approve, 1), (reject, 9), (ask, 1)):
        with pytest.raises(VersionConflict):
            decide(officer, market, version)
    assert messages_to(market) == []


@every_decision
def test_each_decision_writes_one_message(officer: Actor, market: Market, decide: Decision) -> None:
    decided = decide(officer, market, market.version)
    (message,) = messages_to(market)
    assert message.state == MessageState.WAITING
    assert message.due_at - message.at == TIME_TO_UNDO
    assert (message.to, message.version) == (market.contact_email, decided.version)
    assert message.reply_to == "office@example.com"


def outcome(write: Callable[[], Market]) -> str:
    try:
        return write().status
    except DomainError as refusal:
        return type(refusal).__name__


def test_second_decision_on_same_version_is_refused(officer: Actor, market: Market) -> None:
    colleague = factories.officer(market.city)
    approve(officer, market, market.version)
    assert outcome(lambda: reject(colleague, market, market.version)) == "VersionConflict"
    assert len(messages_to(market)) == 1
