import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core import clock
from core.actors import Actor
from core.errors import (
    AlreadyExists,
    DomainError,
    InvalidDetails,
    InvalidTransition,
    NotAllowed,
    NotFound,
    VersionConflict,
)
from markets import operations
from markets.cities.models import City
from markets.details import MarketDetails
from markets.history.models import HistoryRecord
from markets.history.queries import history_of
from markets.images.storage import store_photo
from markets.models import Market, Status
from markets.operations import (
    CallNotOpen,
    TooManyOpen,
    apply_again,
    create_draft,
    delete_draft,
    revise_market,
    submit_market,
    withdraw_market,
)
from markets.queries import get_market, page_of_markets
from tests import factories, images
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


def test_a_draft_becomes_a_submission_with_its_history() -> None:
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


def test_the_fixed_names_are_the_names_in_the_table() -> None:
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


def test_editing_a_submitted_market_keeps_its_place_in_the_queue() -> None:
    actor, city = factories.merchant(), factories.make_city()
    market = factories.submitted(actor, city)
    revised = WRITES["revise"](actor, market, 2)
    assert revised.status == Status.SUBMITTED
    assert revised.queue_key == market.queue_key
    assert history_of(revised)[-1].before == {"marketName": "Lime wood and candles"}
    assert history_of(revised)[-1].after == {"marketName": "Another name"}


def test_a_draft_is_saved_as_often_as_one_likes_without_a_record() -> None:
    actor = factories.merchant()
    market = factories.draft(actor, factories.make_city())
    for version in (1, 2, 3):
        market = WRITES["revise"](actor, market, version)
    assert (market.version, history_of(market)) == (4, [])
    submitted = submit_market(actor, market.key, expected_version=4)
    assert [int(entry.version) for entry in history_of(submitted)] == [5]
    assert history_of(submitted)[0].after["marketName"] == "Another name"


def test_what_a_revision_does_not_name_stays() -> None:
    actor = factories.merchant()
    market = factories.draft(actor, factories.make_city(), needs_water=True)
    revise_market(actor, market.key, expected_version=1, details={"average_price": None})
    saved = get_market(actor, market.key)
    assert saved.average_price is None
    assert (saved.name, saved.needs_water) == (market.name, True)
    assert len(saved.photos) == 1


def test_editing_an_approved_market_asks_for_another_decision() -> None:
    actor, city = factories.merchant(), factories.make_city()
    market = factories.approved(actor, city)
    decided_queue_key = market.queue_key
    revised = WRITES["revise"](actor, market, 3)
    assert revised.status == Status.SUBMITTED
    assert revised.approved is False
    assert revised.decided_at is None
    assert revised.queue_key > decided_queue_key.replace("approved", "submitted")


@writes
def test_a_stranger_can_do_nothing(write: Write) -> None:
    market = factories.draft(factories.merchant(), factories.make_city())
    with pytest.raises(NotFound):
        write(factories.merchant(), market, 1)
    assert get_market(factories.OPERATOR, market.key).version == 1


@writes
def test_neither_an_officer_nor_an_operator_writes_for_the_merchant(write: Write) -> None:
    city = factories.make_city()
    market = factories.draft(factories.merchant(), city)
    with pytest.raises(NotFound):
        write(factories.officer(city.slug), market, 1)
    with pytest.raises(NotAllowed):
        write(factories.OPERATOR, market, 1)


@writes
def test_a_stale_version_changes_nothing(write: Write) -> None:
    actor = factories.merchant()
    market = factories.draft(actor, factories.make_city())
    WRITES["revise"](actor, market, 1)
    with pytest.raises(VersionConflict, match=market.reference):
        write(actor, market, 1)
    assert get_market(actor, market.key).version == 2
    assert history_of(market) == []


def test_only_one_of_many_simultaneous_writes_wins() -> None:
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


def test_creating_twice_under_one_id_makes_one_market() -> None:
    actor, city, market_id = factories.merchant(), factories.make_city(), str(uuid4())
    once = factories.details(market_id)
    create_draft(actor, market_id=market_id, city_slug=city.slug, details=once)
    with pytest.raises(AlreadyExists):
        create_draft(actor, market_id=market_id, city_slug=city.slug, details=once)
    assert len(page_of_markets(actor).items) == 1


def test_two_markets_never_share_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "REFERENCE_LENGTH", 1)  # 32 are left, so draws collide
    monkeypatch.setattr(operations, "REFERENCE_TRIES", 60)
    city = factories.make_city(code=f"Z{secrets.choice('ABCDEFGH')}{secrets.choice('ABCDEFGH')}")
    references = {factories.draft(factories.merchant(), city).reference for _ in range(24)}
    assert len(references) == 24


def test_an_officer_cannot_apply() -> None:
    city = factories.make_city()
    with pytest.raises(NotAllowed):
        factories.draft(factories.officer(city.slug), city)


def test_an_unregistered_city_takes_nothing() -> None:
    with pytest.raises(NotFound):
        create_draft(
            factories.merchant(),
            market_id=str(uuid4()),
            city_slug="atlantis",
            details=factories.details("any"),
        )


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-08-31T21:59:59+00:00", False),  # 31 August, 23:59:59 in Vienna
        ("2026-08-31T22:00:00+00:00", True),  # 1 September there
        ("2026-10-31T22:59:59+00:00", True),  # 31 October, 23:59:59 there, in winter time
        ("2026-10-31T23:00:00+00:00", False),
    ],
)
def test_a_call_opens_and_closes_in_the_citys_own_time(moment: str, open_: bool) -> None:  # noqa: FBT001
    city = factories.make_city(opens="2026-09-01", closes="2026-10-31", decide_by="2026-11-30")
    with clock.freeze(datetime.fromisoformat(moment)):
        if open_:
            assert factories.submitted(factories.merchant(), city).status == Status.SUBMITTED
        else:
            with pytest.raises(CallNotOpen, match=city.name):
                factories.draft(factories.merchant(), city)


def test_a_draft_can_be_finished_but_not_submitted_after_the_call() -> None:
    actor = factories.merchant()
    city = factories.make_city(opens="2026-09-01", closes="2026-10-31", decide_by="2026-11-30")
    with clock.freeze(datetime(2026, 10, 30, tzinfo=UTC)):
        market = factories.draft(actor, city)
    with clock.freeze(datetime(2026, 11, 2, tzinfo=UTC)):
        WRITES["revise"](actor, market, 1)
        with pytest.raises(CallNotOpen):
            submit_market(actor, market.key, expected_version=2)
    assert get_market(actor, market.key).status == Status.DRAFT


@pytest.mark.parametrize(
    "missing",
    [
        "name",
        "description",
        "average_price",
        "category",
        "legal_name",
        "contact_email",
        "language",
        "photos",
    ],
)
def test_a_draft_that_lacks_something_cannot_be_submitted(missing: str) -> None:
    actor = factories.merchant()
    lacking: dict[str, Any] = {missing: () if missing == "photos" else None}
    market = factories.draft(actor, factories.make_city(), **lacking)
    with pytest.raises(InvalidDetails) as refusal:
        submit_market(actor, market.key, expected_version=1)
    assert list(refusal.value.messages) == [missing]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 81),
        ("description", "x" * 4_001),
        ("average_price", Decimal("-0.01")),
        ("average_price", Decimal("10000.01")),
        ("average_price", Decimal("1.005")),
        ("category", "fireworks"),
        ("language", "tlh"),
        ("contact_email", "not-an-address"),
        ("power_kw", Decimal(101)),
        ("photos", tuple(factories.photo("another-market") for _ in range(1))),
    ],
)
def test_a_value_beyond_its_limits_is_refused_even_in_a_draft(field: str, value: object) -> None:
    with pytest.raises(InvalidDetails) as refusal:
        factories.draft(factories.merchant(), factories.make_city(), **{field: value})
    assert list(refusal.value.messages) == [field]


def test_nine_photos_are_too_many_and_each_needs_its_description() -> None:
    actor, city, market_id = factories.merchant(), factories.make_city(), str(uuid4())
    nine = tuple(factories.photo(market_id) for _ in range(9))
    with pytest.raises(InvalidDetails, match="more than 8"):
        create_draft(
            actor,
            market_id=market_id,
            city_slug=city.slug,
            details=factories.details(market_id, photos=nine),
        )
    mute = (factories.photo(market_id, alt_text=""),)
    create_draft(
        actor,
        market_id=market_id,
        city_slug=city.slug,
        details=factories.details(market_id, photos=mute),
    )
    with pytest.raises(InvalidDetails, match="no description"):
        submit_market(actor, page_of_markets(actor).items[0].key, expected_version=1)


def test_what_is_withdrawn_or_rejected_stays_so() -> None:
    actor, city = factories.merchant(), factories.make_city()
    withdrawn = withdraw_market(actor, factories.draft(actor, city).key, expected_version=1)
    rejected = factories.rejected(actor, city)
    for market in (withdrawn, rejected):
        with pytest.raises(InvalidTransition):
            WRITES["revise"](actor, market, market.version)


def concluded(actor: Actor, city: City) -> Market:
    return withdraw_market(actor, factories.draft(actor, city).key, expected_version=1)


def test_ones_own_markets_come_page_by_page_and_only_ones_own() -> None:
    actor, city = factories.merchant(), factories.make_city()
    made = [concluded(actor, city).market_id for _ in range(27)]
    factories.draft(factories.merchant(), city)
    first = page_of_markets(actor)
    assert first.next_cursor
    second = page_of_markets(actor, cursor=first.next_cursor)
    assert second.next_cursor is None
    assert len(first.items) == 25
    assert sorted(m.market_id for m in first.items + second.items) == sorted(made)


def test_a_cursor_works_for_its_own_list_only() -> None:
    actor, stranger, city = factories.merchant(), factories.merchant(), factories.make_city()
    for _ in range(26):
        concluded(actor, city)
    cursor = page_of_markets(actor).next_cursor
    with pytest.raises(NotFound):
        page_of_markets(stranger, cursor=cursor)
    with pytest.raises(NotFound):
        page_of_markets(actor, cursor="made-up")


def test_a_history_record_is_never_overwritten() -> None:
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


def test_visitors_see_no_market() -> None:
    market = factories.draft(factories.merchant(), factories.make_city())
    with pytest.raises(NotFound):
        get_market(Actor.visitor(), market.key)


def test_a_deleted_draft_is_gone_with_its_reference(account: SessionAccount) -> None:
    actor, city = factories.merchant(), factories.make_city()
    market = factories.draft(actor, city)
    delete_draft(actor, market.key, expected_version=1)
    with pytest.raises(NotFound):
        get_market(actor, market.key)
    reference = {"reference": {"S": market.reference}}
    table = account.outputs["ReferencesTable"]
    assert "Item" not in account.operator.dynamodb.get_item(TableName=table, Key=reference)


def test_what_was_handed_in_is_never_deleted() -> None:
    actor, city = factories.merchant(), factories.make_city()
    for market in (factories.submitted(actor, city), factories.rejected(actor, city)):
        with pytest.raises(InvalidTransition, match="Only a draft"):
            delete_draft(actor, market.key, expected_version=int(market.version))
        assert get_market(actor, market.key).version == market.version


def test_the_twenty_first_open_application_is_refused_until_one_is_concluded() -> None:
    actor, city = factories.merchant(), factories.make_city()
    open_ones = [factories.draft(actor, city) for _ in range(operations.MAX_OPEN)]
    factories.draft(factories.merchant(), city)  # another's do not count
    with pytest.raises(TooManyOpen, match="20 open applications"):
        factories.draft(actor, city)
    repeated = factories.details(open_ones[-1].market_id)
    with pytest.raises(AlreadyExists):
        create_draft(
            actor, market_id=open_ones[-1].market_id, city_slug=city.slug, details=repeated
        )
    delete_draft(actor, open_ones[0].key, expected_version=1)
    withdraw_market(actor, open_ones[1].key, expected_version=1)
    factories.draft(actor, city)
    factories.draft(actor, city)
    with pytest.raises(TooManyOpen):
        factories.draft(actor, city)


def test_applying_again_copies_everything_and_the_photos_themselves() -> None:
    actor, last_year, city = factories.merchant(), factories.make_city(), factories.make_city()
    market_id = str(uuid4())
    stored = store_photo(ContentFile(images.jpeg()), market_id=market_id)
    stored.alt_text = "The house at night"
    lost = factories.photo(market_id)  # recorded, but no longer in the bucket
    old = create_draft(
        actor,
        market_id=market_id,
        city_slug=last_year.slug,
        details=factories.details(market_id, photos=(stored, lost), phone="+40 268 413 000"),
    )
    new_id = str(uuid4())
    new = apply_again(actor, old.key, market_id=new_id, city_slug=city.slug)
    assert (new.status, new.city, new.version) == (Status.DRAFT, city.slug, 1)
    assert new.reference != old.reference
    (photo,) = new.photos
    assert photo.key.startswith(f"markets/{new_id}/")
    assert (photo.alt_text, photo.sha256) == ("The house at night", stored.sha256)
    assert MarketDetails.of(new) == replace(MarketDetails.of(old), photos=(photo,))
    delete_draft(actor, old.key, expected_version=1)
    assert all(default_storage.exists(name) for name in photo.all_keys)
    assert not any(default_storage.exists(name) for name in stored.all_keys)


def test_applying_again_elsewhere_leaves_out_a_price_in_another_currency() -> None:
    actor = factories.merchant()
    old = factories.draft(actor, factories.make_city(currency="EUR"), photos=())
    elsewhere = factories.make_city(currency="RON")
    new = apply_again(actor, old.key, market_id=str(uuid4()), city_slug=elsewhere.slug)
    assert new.average_price is None
    assert new.name == old.name


def test_nobody_applies_again_with_somebody_elses_market() -> None:
    city = factories.make_city()
    market = factories.approved(factories.merchant(), city)
    with pytest.raises(NotFound):
        apply_again(factories.merchant(), market.key, market_id=str(uuid4()), city_slug=city.slug)
