"""Properties for any input: folded text, cursors, file formats, chains of records."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.clock import now
from core.dynamodb import sign_key, start_key
from core.errors import NotFound
from core.text import fold
from markets.history import chain
from markets.history.models import HistoryRecord
from markets.images.file_types import Format, PhotoRefused, detect_format
from markets.models import Market
from tests import images

VALUES = st.none() | st.text(max_size=20) | st.lists(st.text(max_size=5), max_size=3)
FIELDS = st.dictionaries(st.sampled_from([*chain.PERSONAL, "category", "status"]), VALUES)
TEXTS = st.none() | st.text(max_size=20)


@st.composite
def records(draw: st.DrawFn) -> HistoryRecord:
    return HistoryRecord(
        market_id="m",
        version=draw(st.integers(1, 9)),
        at=now(),
        actor_id="a",
        channel="web",
        action="revise",
        before=draw(FIELDS),
        after=draw(FIELDS),
        text=draw(TEXTS),
        note=draw(TEXTS),
    )


@st.composite
def chains(draw: st.DrawFn) -> tuple[Market, list[HistoryRecord]]:
    market = Market(user_id="u", market_id="m")
    entries = draw(st.lists(records(), min_size=1, max_size=4))
    for version, entry in enumerate(entries, 1):
        entry.version = version
        chain.append(market, entry)
    return market, entries


@given(st.text())
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.dictionaries(st.text(), st.text() | st.integers()), st.text())
def test_cursor_round_trips_to_its_key(key: dict[str, Any], query: str) -> None:
    assert start_key(sign_key(key, query=query), query=query) == key


@given(st.dictionaries(st.text(), st.text()), st.text(), st.text())
def test_cursor_is_valid_for_its_own_query_only(key: dict[str, str], one: str, other: str) -> None:
    assume(one != other)
    with pytest.raises(NotFound):
        start_key(sign_key(key, query=one), query=other)


@given(st.text(min_size=1))
def test_arbitrary_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(NotFound):
        start_key(cursor, query="markets")


@given(st.binary())
def test_arbitrary_bytes_are_detected_or_refused(sent: bytes) -> None:
    found: object
    try:
        found = detect_format(sent)
    except PhotoRefused as refused:
        found = str(refused)
    assert found


@pytest.mark.parametrize(("kind", "expected"), [("JPEG", Format.JPEG), ("PNG", Format.PNG)])
@given(rest=st.binary())
def test_format_depends_on_first_bytes_only(kind: str, expected: Format, rest: bytes) -> None:
    assert detect_format(images.encoded(images.picture((2, 2)), kind)[:12] + rest) is expected


@given(chains(), st.data())
def test_erasure_keeps_every_hash_valid(
    made: tuple[Market, list[HistoryRecord]], data: st.DataObject
) -> None:
    market, entries = made
    for entry in entries:
        salted = set(entry.salts or {})
        if data.draw(st.booleans()):
            assert chain.erase(entry) is bool(salted)
            assert not entry.salts
            assert set(entry.commitments or {}) == salted
        assert chain.digest(entry) == entry.hash
    assert entries[-1].hash == market.history_hash


@given(chains(), st.data())
def test_change_breaks_chain_at_changed_record(
    made: tuple[Market, list[HistoryRecord]], data: st.DataObject
) -> None:
    market, entries = made
    entry = data.draw(st.sampled_from(entries))
    entry.after = {**entry.after, "category": "forged"}
    found = chain.first_break(market, entries, {})
    assert found
    assert found.version == entry.version
