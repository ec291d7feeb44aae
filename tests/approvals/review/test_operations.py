import pytest

from approvals.queries import get_market_for_review
from approvals.queue.filters import QueueFilter
from approvals.queue.queries import page_of_queue
from approvals.review.operations import reject_market
from core.actors import Actor
from core.errors import InvalidDetails, InvalidTransition, NotFound, VersionConflict
from markets.history.queries import history_of
from markets.history.timeline import changes
from markets.models import ReasonCode, Status
from markets.operations import revise_market
from markets.queries import get_market
from tests import factories
from tests.approvals.review.decisions import Decision, approve, every_decision, reject


def test_approval_records_officer_and_time() -> None:
    city, actor = factories.make_city(), factories.merchant()
    market = factories.submitted(actor, city)
    officer = factories.officer(city.slug)
    approve(officer, market, 2)
    saved = get_market(actor, market.key)
    assert saved.approved is True
    assert saved.decided_by == officer.id
    assert saved.decided_at == saved.updated_at
    assert history_of(saved)[-1].action == "approve"


def test_rejection_records_reason_and_text() -> None:
    city, actor = factories.make_city(), factories.merchant()
    market = factories.submitted(actor, city)
    reject(factories.officer(city.slug), market, 2)
    saved = get_market(actor, market.key)
    assert (saved.status, saved.approved) == (Status.REJECTED, False)
    assert saved.reason_code == "no_space"
    assert saved.decision_text == "There is no space left in this category."
    assert history_of(saved)[-1].text == saved.decision_text


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4_001])
def test_rejection_without_valid_text_is_refused(text: str) -> None:
    city = factories.make_city()
    market = factories.submitted(factories.merchant(), city)
    with pytest.raises(InvalidDetails):
        reject_market(
            factories.officer(city.slug),
            city.slug,
            market.key,
            expected_version=2,
            reason_code=ReasonCode.OTHER,
            text=text,
        )


@every_decision
def test_only_officers_of_city_decide(decide: Decision) -> None:
    city, elsewhere = factories.make_city(), factories.make_city()
    owner = factories.merchant()
    market = factories.submitted(owner, city)
    others = [
        factories.officer(elsewhere.slug),
        factories.merchant(),
        owner,
        factories.OPERATOR,
        Actor.visitor(),
    ]
    for actor in others:
        with pytest.raises(NotFound):
            decide(actor, market, 2)
    with pytest.raises(NotFound):
        decide(factories.officer(elsewhere.slug), market, 2, at=elsewhere.slug)
    assert get_market(owner, market.key).version == 2


@every_decision
def test_decision_on_stale_version_is_refused(decide: Decision) -> None:
    city, actor = factories.make_city(), factories.merchant()
    market = factories.submitted(actor, city)
    revise_market(actor, market.key, expected_version=2, details={"name": "Fireworks"})
    with pytest.raises(VersionConflict):
        decide(factories.officer(city.slug), market, 2)
    saved = get_market(actor, market.key)
    assert (saved.status, saved.version) == (Status.SUBMITTED, 3)
    (change,) = changes(history_of(saved, after=2))
    assert (change.label, change.before, change.after) == (
        "Name of the market",
        "Lime wood and candles",
        "Fireworks",
    )


@every_decision
def test_decided_application_cannot_be_decided_again(decide: Decision) -> None:
    city = factories.make_city()
    market = factories.approved(factories.merchant(), city)
    with pytest.raises(InvalidTransition):
        decide(factories.officer(city.slug), market, 3)


def test_drafts_are_hidden_from_officers() -> None:
    city = factories.make_city()
    market = factories.draft(factories.merchant(), city)
    officer = factories.officer(city.slug)
    with pytest.raises(NotFound):
        get_market_for_review(officer, city.slug, market.key)
    with pytest.raises(NotFound):
        approve(officer, market, 1)


def test_queue_lists_submitted_applications_oldest_first() -> None:
    city, elsewhere = factories.make_city(), factories.make_city()
    made = [factories.submitted(factories.merchant(), city).market_id for _ in range(27)]
    factories.submitted(factories.merchant(), elsewhere)
    factories.draft(factories.merchant(), city)
    factories.approved(factories.merchant(), city)
    officer = factories.officer(city.slug)

    first = page_of_queue(officer, city.slug, QueueFilter())
    second = page_of_queue(officer, city.slug, QueueFilter(), cursor=first.next_cursor)
    assert [m.market_id for m in first.items + second.items] == made
    assert second.next_cursor is None
    assert len(page_of_queue(officer, city.slug, QueueFilter(status=Status.APPROVED)).items) == 1
    with pytest.raises(NotFound):
        page_of_queue(officer, elsewhere.slug, QueueFilter())
    with pytest.raises(NotFound):
        page_of_queue(
            officer, city.slug, QueueFilter(status=Status.APPROVED), cursor=first.next_cursor
        )
