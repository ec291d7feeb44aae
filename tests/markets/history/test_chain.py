import json
from typing import Any

import pytest

from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.history import chain
from markets.history.chain import Break, digest, first_break
from markets.history.models import HistoryRecord
from markets.history.queries import history_of
from markets.history.records import RECORDED, recorded
from markets.models import Market
from markets.operations import revise_market
from markets.queries import get_market
from tests import factories


@pytest.fixture(name="market")
def market_fixture(maria: Actor, city: City) -> Market:
    """A market whose history has several records: submitted, approved, edited."""
    market = factories.approved(maria, city)
    renamed = {"name": "Wax and wood"}
    revise_market(maria, market.key, expected_version=market.version, details=renamed)
    return get_market(maria, market.key)


def found(market: Market, records: list[HistoryRecord] | None = None) -> Break | None:
    records = history_of(market) if records is None else records
    return first_break(market, records, recorded(market))


def test_untouched_chain_is_intact(market: Market) -> None:
    records = history_of(market)
    assert found(market) is None
    assert records[0].previous == ""
    assert [entry.previous for entry in records[1:]] == [entry.hash for entry in records[:-1]]
    assert market.history_hash == records[-1].hash


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("actor_id", "somebody-else"),
        ("actor_name", "Somebody Else"),
        ("channel", "command"),
        ("action", "reject"),
        ("text", "Another text."),
        ("note", "Between you and me."),
        ("before", {"status": "withdrawn"}),
        ("after", {"status": "rejected"}),
    ],
)
def test_tampered_record_is_found(market: Market, field: str, value: Any) -> None:
    records = history_of(market)
    for entry in records:
        original = getattr(entry, field)
        setattr(entry, field, value)
        broken = found(market, records)
        assert broken is not None
        assert broken.version == entry.version
        setattr(entry, field, original)
    assert found(market, records) is None


def test_tampered_record_with_new_hash_breaks_next_record(market: Market) -> None:
    records = history_of(market)
    records[0].text = "Another text."
    records[0].hash = digest(records[0])
    assert found(market, records) == Break(
        int(records[1].version), "The record does not follow the one before it."
    )


def test_missing_record_is_found_at_any_position(market: Market) -> None:
    records = history_of(market)
    for position in range(len(records)):
        left = records[:position] + records[position + 1 :]
        assert found(market, left) is not None


def test_market_changed_without_record_is_found(market: Market) -> None:
    market.description = "Fireworks"
    broken = found(market)
    assert broken is not None
    assert broken.fault == "The market has values that no record has: marketDescription."


def test_photo_replaced_without_record_is_found(market: Market) -> None:
    market.photos[0].sha256 = "0" * 64
    broken = found(market)
    assert broken is not None
    assert "photos" in broken.fault


def erased(records: list[HistoryRecord]) -> list[HistoryRecord]:
    for entry in records:
        chain.erase(entry)
    return records


def explained(market: Market, records: list[HistoryRecord]) -> list[HistoryRecord]:
    """Add the record of the erasure."""
    for name, nothing in chain.PERSONAL.items():
        setattr(market, RECORDED[name], nothing)
    last = HistoryRecord(
        market.market_id,
        int(records[-1].version) + 1,
        at=clock.now(),
        actor_id="operator",
        channel="command",
        action=chain.ERASE,
        before={},
        after=dict(chain.PERSONAL),
    )
    chain.append(market, last)
    return [*records, last]


def test_chain_stays_intact_after_erasure(market: Market) -> None:
    records = erased(history_of(market))
    serialized = json.dumps([chain.serialize(entry) for entry in records])
    for secret in ("Wax and wood", "Lime wood", "Test Crafts", "merchant@example.com"):
        assert secret not in serialized
    assert "Beeswax candles" in serialized
    assert found(market, explained(market, records)) is None


def test_second_erasure_changes_nothing(market: Market) -> None:
    (first, *_) = history_of(market)
    assert chain.erase(first)
    commitments = first.commitments
    assert not chain.erase(first)
    assert first.commitments == commitments
    assert first.hash == digest(first)


def test_erasure_without_record_is_found(market: Market) -> None:
    records = history_of(market)
    chain.erase(records[0])
    assert found(market, records) == Break(
        int(records[0].version), "A value was erased here, and no later record says so."
    )


@pytest.mark.parametrize("name", ["legalName", "contactEmail", "photos"])
def test_value_inserted_after_erasure_is_found(market: Market, name: str) -> None:
    records = explained(market, erased(history_of(market)))
    records[0].after = {**records[0].after, name: "Somebody Else"}
    assert found(market, records) is not None


def test_commitments_of_equal_values_differ(maria: Actor, city: City) -> None:
    """A guessed value cannot be confirmed by its commitment."""
    commitments = set()
    for _ in range(2):
        (first, *_) = history_of(factories.submitted(maria, city))
        chain.erase(first)
        commitments.add(first.commitments["after.legalName"])
    assert len(commitments) == 2
