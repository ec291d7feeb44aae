import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import uuid4

import pytest

from core import clock
from core.actors import Actor
from core.errors import (
    AlreadyExists,
    DomainError,
    InvalidTransition,
    NotAllowed,
    NotFound,
    VersionConflict,
)
from markets import operations
from markets.cities.models import City
from markets.history.models import HistoryRecord
from markets.history.queries import history_of
from markets.models import Market, Status
from markets.operations import (
    create_draft,
    delete_draft,
    revise_market,
    submit_market,
    withdraw_market,
)
from markets.queries import get_market, page_of_markets
from tests import factories
from tests.account import SessionAccount

Write = Callable[..., Market]
WRITES = {
    "revise": lambda actor, market, version: revise_market(
        actor,
        market.key,
        expected_version=version,
        details={"name": "Another name"},
    ),
    "submit": lambda actor, market, version: submit_market(
        actor, market.key, expected_version=version
    ),
    "withdraw": lambda actor, market, version: withdraw_market(
        actor, market.key, expected_version=version
    ),
}
writes = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


def test_submission_writes_first_history_record() -> None:
    actor, city = factories.merchant(), factories.make_city(code="BRV")
    market = factories.submitted(actor, city)

    saved = get_market(actor, market.key)
    assert saved.status == Status.SUBMITTED
    assert saved.version == 2
    assert saved.approved is False
    assert saved.average_price == Decimal("12.50")
    assert saved.reference.startswith("BRV-")
    (submitted,) = history_of(saved)
    assert (submitted.action, submitted.version, submitted.before) == ("submit", 2, {})
    assert submitted.after["status"] == "submitted"
    assert submitted.after["marketName"] == "Lime wood and candles"
    assert (submitted.actor_id, submitted.channel) == (actor.id, "page")


def test_table_item_has_fixed_attribute_names() -> None:
    market = factories.submitted(factories.merchant(), factories.make_city())
    item = market.serialize()
    assert {
        "userId",
        "marketId",
        "city",
        "marketName",
        "marketDescription",
        "marketAveragePrice",
        "marketApproved",
    } <= item.keys()
    assert item["marketAveragePrice"] == {"N": "12.5"}  # as DynamoDB stores 12.50
    assert item["marketApproved"] == {"BOOL": False}


def test_edit_of_submitted_application_keeps_queue_position() -> None:
    actor, city = factories.merchant(), factories.make_city()
    market = factories.submitted(actor, city)
    revised = WRITES["revise"](actor, market, 2)
    assert revised.status == Status.SUBMITTED
    assert revised.queue_key == market.queue_key
    assert history_of(revised)[-1].before == {"marketName": "Lime wood and candles"}
    assert history_of(revised)[-1].after == {"marketName": "Another name"}


def test_draft_edits_write_no_history() -> None:
    actor = factories.merchant()
    market = factories.draft(actor, factories.make_city())
    for version in (1, 2, 3):
        market = WRITES["revise"](actor, market, version)
    assert (market.version, history_of(market)) == (4, [])
    submitted = submit_market(actor, market.key, expected_version=4)
    assert [int(entry.version) for entry in history_of(submitted)] == [5]
    assert history_of(submitted)[0].after["marketName"] == "Another name"


def test_revision_keeps_fields_not_given() -> None:
    actor = factories.merchant()
    market = factories.draft(actor, factories.make_city(), needs_water=True)
    revise_market(actor, market.key, expected_version=1, details={"average_price": None})
    saved = get_market(actor, market.key)
    assert saved.average_price is None
    assert (saved.name, saved.needs_water) == (market.name, True)
    assert len(saved.photos) == 1


def test_edit_of_approved_application_resubmits_it() -> None:
    actor, city = factories.merchant(), factories.make_city()
    market = factories.approved(actor, city)
    decided_queue_key = market.queue_key
    revised = WRITES["revise"](actor, market, 3)
    assert revised.status == Status.SUBMITTED
    assert revised.approved is False
    assert revised.decided_at is None
    assert revised.queue_key > decided_queue_key.replace("approved", "submitted")


@writes
def test_other_merchant_cannot_write(write: Write) -> None:
    market = factories.draft(factories.merchant(), factories.make_city())
    with pytest.raises(NotFound):
        write(factories.merchant(), market, 1)
    assert get_market(factories.OPERATOR, market.key).version == 1


@writes
def test_officer_and_operator_cannot_write_for_merchant(write: Write) -> None:
    city = factories.make_city()
    market = factories.draft(factories.merchant(), city)
    with pytest.raises(NotFound):
        write(factories.officer(city.slug), market, 1)
    with pytest.raises(NotAllowed):
        write(factories.OPERATOR, market, 1)


@writes
def test_stale_version_is_refused(write: Write) -> None:
    actor = factories.merchant()
    market = factories.draft(actor, factories.make_city())
    revise_market(actor, market.key, expected_version=1, details={"phone": "0268 413 000"})
    with pytest.raises(VersionConflict, match=market.reference):
        write(actor, market, 1)
    assert get_market(actor, market.key).version == 2
    assert history_of(market) == []


def test_one_of_many_concurrent_writes_wins() -> None:
    actor = factories.merchant()
    market = factories.submitted(actor, factories.make_city())

    def attempt(number: int) -> str:
        details = {"name": f"Name {number}"}
        try:
            revise_market(actor, market.key, expected_version=2, details=details)
        except VersionConflict:
            return "lost"
        return "won"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(24)))
    assert outcomes.count("won") == 1
    assert get_market(actor, market.key).version == 3
    assert [int(entry.version) for entry in history_of(market)] == [2, 3]


def test_repeated_create_with_same_id_makes_one_draft() -> None:
    actor, city, market_id = factories.merchant(), factories.make_city(), str(uuid4())
    once = factories.details(market_id)
    create_draft(actor, market_id=market_id, city_slug=city.slug, details=once)
    with pytest.raises(AlreadyExists):
        create_draft(actor, market_id=market_id, city_slug=city.slug, details=once)
    assert len(page_of_markets(actor).items) == 1


def test_references_are_unique(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "REFERENCE_LENGTH", 1)  # 32 are left, so draws collide
    monkeypatch.setattr(operations, "REFERENCE_TRIES", 60)
    city = factories.make_city(code=f"Z{secrets.choice('ABCDEFGH')}{secrets.choice('ABCDEFGH')}")
    references = {factories.draft(factories.merchant(), city).reference for _ in range(24)}
    assert len(references) == 24


def test_officer_cannot_apply() -> None:
    city = factories.make_city()
    with pytest.raises(NotAllowed):
        factories.draft(factories.officer(city.slug), city)


def test_withdrawn_or_rejected_application_cannot_be_edited() -> None:
    actor, city = factories.merchant(), factories.make_city()
    withdrawn = withdraw_market(actor, factories.draft(actor, city).key, expected_version=1)
    rejected = factories.rejected(actor, city)
    for market in (withdrawn, rejected):
        with pytest.raises(InvalidTransition):
            WRITES["revise"](actor, market, market.version)


def concluded(actor: Actor, city: City) -> Market:
    return withdraw_market(actor, factories.draft(actor, city).key, expected_version=1)


def test_own_applications_are_listed_in_pages() -> None:
    actor, city = factories.merchant(), factories.make_city()
    made = [concluded(actor, city).market_id for _ in range(27)]
    factories.draft(factories.merchant(), city)
    first = page_of_markets(actor)
    assert first.next_cursor
    second = page_of_markets(actor, cursor=first.next_cursor)
    assert second.next_cursor is None
    assert len(first.items) == 25
    assert sorted(m.market_id for m in first.items + second.items) == sorted(made)


def test_cursor_is_valid_for_its_own_list_only() -> None:
    actor, stranger, city = factories.merchant(), factories.merchant(), factories.make_city()
    for _ in range(26):
        concluded(actor, city)
    cursor = page_of_markets(actor).next_cursor
    with pytest.raises(NotFound):
        page_of_markets(stranger, cursor=cursor)
    with pytest.raises(NotFound):
        page_of_markets(actor, cursor="made-up")


def test_history_record_is_not_overwritten() -> None:
    actor = factories.merchant()
    market = factories.submitted(actor, factories.make_city())
    stray = HistoryRecord(
        market.market_id,
        3,
        at=clock.now(),
        actor_id="x",
        channel="page",
        action="revise",
        before={},
        after={},
        previous="",
        hash="",
    )
    stray.save()
    with pytest.raises(DomainError):
        WRITES["revise"](actor, market, 2)
    assert history_of(market)[-1].actor_id == "x"


def test_visitor_cannot_read_application() -> None:
    market = factories.draft(factories.merchant(), factories.make_city())
    with pytest.raises(NotFound):
        get_market(Actor.visitor(), market.key)


def test_deleted_draft_frees_its_reference(account: SessionAccount) -> None:
    actor, city = factories.merchant(), factories.make_city()
    market = factories.draft(actor, city)
    delete_draft(actor, market.key, expected_version=1)
    with pytest.raises(NotFound):
        get_market(actor, market.key)
    reference = {"reference": {"S": market.reference}}
    table = account.outputs["ReferencesTable"]
    assert "Item" not in account.operator.dynamodb.get_item(TableName=table, Key=reference)


def test_submitted_application_cannot_be_deleted() -> None:
    actor, city = factories.merchant(), factories.make_city()
    for market in (factories.submitted(actor, city), factories.rejected(actor, city)):
        with pytest.raises(InvalidTransition, match="Only a draft"):
            delete_draft(actor, market.key, expected_version=int(market.version))
        assert get_market(actor, market.key).version == market.version
