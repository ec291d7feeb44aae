"""The chain of a market's history: each record holds the hash of the one before.

Whoever changes, adds or takes out a record would have to rewrite all that
follow, and the market itself, which keeps the hash of the last.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markets.models import HistoryRecord, Market


def facts(entry: HistoryRecord) -> dict[str, Any]:
    """Return all that a record says, under its names in JSON, but for its own hash."""
    return {
        "marketId": entry.market_id,
        "version": int(entry.version),
        "at": entry.at.isoformat(timespec="microseconds"),
        "actorId": entry.actor_id,
        "actorName": entry.actor_name,
        "channel": entry.channel,
        "action": entry.action,
        "before": entry.before,
        "after": entry.after,
        "text": entry.text,
        "note": entry.note,
        "previous": entry.previous,
    }


def digest(entry: HistoryRecord) -> str:
    """Return the SHA-256 of a record, hexadecimal: of its facts as canonical JSON.

    Canonical is: names in the order of their code points, no spaces, UTF-8.
    """
    text = json.dumps(facts(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def append(market: Market, entry: HistoryRecord) -> None:
    """Make `entry` the last link of the market's chain; both are yet to be saved."""
    entry.previous = market.history_hash or ""
    entry.hash = market.history_hash = digest(entry)


@dataclass(frozen=True)
class Break:
    """The first place at which a chain is not whole; `version` is the record's there."""

    version: int
    fault: str


def first_break(
    market: Market, records: Iterable[HistoryRecord], recorded: Mapping[str, Any]
) -> Break | None:
    """Return where the chain of a market first breaks, None if it is whole.

    `records` are all up to the market's version, oldest first; `recorded` is
    what the market itself says now of the fields that records keep.
    """
    last, version = "", 0
    told: dict[str, Any] = {}
    for entry in records:
        version = int(entry.version)
        if entry.previous != last:
            return Break(version, "The record does not follow the one before it.")
        if entry.hash != digest(entry):
            return Break(version, "The record is not what it was when it was written.")
        last, told = entry.hash, told | entry.after
    if last != (market.history_hash or ""):
        return Break(version, "The market does not end with this record.")
    if last and (names := ", ".join(_untold(told, recorded))):
        return Break(version, f"The market says what no record tells: {names}.")
    return None


def _untold(told: Mapping[str, Any], recorded: Mapping[str, Any]) -> Iterator[str]:
    for name, value in recorded.items():
        # A field younger than the records is in none of them, and empty.
        if told.get(name) != value and (name in told or value):
            yield name
