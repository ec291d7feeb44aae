from typing import Any

import pytest

from garage.actors import Actor
from markets.chain import Break, digest, first_break
from markets.cities import City
from markets.history import recorded
from markets.models import HistoryRecord, Market
from markets.operations import revise_market
from markets.queries import get_market, history_of
from tests import factories


@pytest.fixture(name="market")
def market_fixture(maria: Actor, city: City) -> Market:
    """A market whose history has seen all doors: submitted, approved, edited."""
    market = factories.approved(maria, city)
    renamed = {"name": "Wax and wood"}
    revise_market(maria, market.key, expected_version=market.version, details=renamed)
    return get_market(maria, market.key)


def found(market: Market, records: list[HistoryRecord] | None = None) -> Break | None:
    records = history_of(market) if records is None else records
    return first_break(market, records, recorded(market))


def test_a_chain_that_nobody_touched_is_whole(market: Market) -> None:
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
        ("text", "Other words."),
        ("note", "Between you and me."),
        ("before", {"status": "withdrawn"}),
        ("after", {"status": "rejected"}),
    ],
)
def test_a_changed_record_is_found(market: Market, field: str, value: Any) -> None:
    records = history_of(market)
    for entry in records:
        told = getattr(entry, field)
        setattr(entry, field, value)
        broken = found(market, records)
        assert broken is not None
        assert broken.version == entry.version
        setattr(entry, field, told)
    assert found(market, records) is None


def test_a_changed_record_with_a_new_hash_is_found_in_the_next(market: Market) -> None:
    records = history_of(market)
    records[0].text = "Other words."
    records[0].hash = digest(records[0])
    assert found(market, records) == Break(
        int(records[1].version), "The record does not follow the one before it."
    )


def test_a_missing_record_is_found_wherever_it_was(market: Market) -> None:
    records = history_of(market)
    for position in range(len(records)):
        left = records[:position] + records[position + 1 :]
        assert found(market, left) is not None


def test_a_market_changed_behind_its_history_is_found(market: Market) -> None:
    market.description = "Fireworks"
    broken = found(market)
    assert broken is not None
    assert broken.fault == "The market says what no record tells: marketDescription."


def test_a_photo_exchanged_behind_its_history_is_found(market: Market) -> None:
    market.photos[0].sha256 = "0" * 64
    broken = found(market)
    assert broken is not None
    assert "photos" in broken.fault
