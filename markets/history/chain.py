"""The hash chain of a market's history: each record holds the hash of the one before.

To change, add or remove a record unnoticed, one would have to rewrite all later
records and the market itself, which holds the hash of the last.

Personal values are not hashed directly, because they may have to be erased. The hash
covers a commitment instead: an HMAC of the value with a random salt as its key. Erasing
removes value and salt and leaves the commitment, so the chain can still be verified,
and without the salt the value cannot be guessed. See docs/decisions/0011-erasure.md.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markets.history.models import HistoryRecord
from markets.models import Market

PERSONAL: Mapping[str, Any] = {
    "marketName": None,
    "photos": [],
    "legalName": None,
    "contactEmail": None,
    "phone": None,
    "decisionText": None,
    "changeRequests": [],
}
"""Fields that are or may be personal, by their names in JSON, and their values once erased.

Each record lists its own commitments, so adding a name here keeps older records valid."""
ERASE = "erase"
"""The action after which earlier records may lack their personal values."""


def serialize(entry: HistoryRecord) -> dict[str, Any]:
    """Return a record under its names in JSON, without its own hash."""
    return {
        **_payload(entry),
        "salts": entry.salts or {},
        "commitments": entry.commitments or {},
    }


def _payload(entry: HistoryRecord) -> dict[str, Any]:
    """Return what the hash covers, before commitments replace the personal values."""
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
    """Return the SHA-256 of a record's canonical JSON, hexadecimal.

    `{"commitment": …}` stands for each value that has, or had, a salt.
    Canonical JSON has its names sorted by code point, no spaces, and is UTF-8.
    """
    payload = _payload(entry)
    for side in ("before", "after"):
        payload[side] = {
            name: _hashed(entry, f"{side}.{name}", value) for name, value in payload[side].items()
        }
    for name in ("text", "note"):
        payload[name] = _hashed(entry, name, payload[name])
    return hashlib.sha256(_canonical(payload)).hexdigest()


def append(market: Market, entry: HistoryRecord) -> None:
    """Make `entry` the last link of the market's chain. The caller saves both."""
    entry.salts = {place: secrets.token_hex(16) for place in _personal_places(entry)}
    entry.previous = market.history_hash or ""
    entry.hash = market.history_hash = digest(entry)


def erase(entry: HistoryRecord) -> bool:
    """Remove the personal values of a record and their salts; its hash stays valid.

    Return False if there was nothing to remove.
    """
    if not entry.salts:
        return False
    sides = {"before": dict(entry.before), "after": dict(entry.after)}
    commitments = dict(entry.commitments or {})
    for place, salt in entry.salts.items():
        side, _, name = place.partition(".")
        if side in sides:
            commitments[place] = _commitment(salt, sides[side].get(name))
            sides[side][name] = PERSONAL.get(name)
        else:
            commitments[place] = _commitment(salt, getattr(entry, place))
            setattr(entry, place, None)
    entry.before, entry.after = sides["before"], sides["after"]
    entry.salts, entry.commitments = None, commitments
    return True


def _personal_places(entry: HistoryRecord) -> Iterator[str]:
    for side in ("before", "after"):
        for name, value in getattr(entry, side).items():
            if name in PERSONAL and value:
                yield f"{side}.{name}"
    yield from (name for name in ("text", "note") if getattr(entry, name))


def _hashed(entry: HistoryRecord, place: str, value: Any) -> Any:
    """Return what the hash covers for a value: its commitment, if it is or was personal."""
    if salt := (entry.salts or {}).get(place):
        return {"commitment": _commitment(salt, value)}
    if not value and (commitment := (entry.commitments or {}).get(place)):
        return {"commitment": commitment}
    return value


def _commitment(salt: str, value: Any) -> str:
    return hmac.digest(bytes.fromhex(salt), _canonical(value), "sha256").hex()


def _canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


@dataclass(frozen=True)
class Break:
    """The first fault in a chain, and the version of the record where it is."""

    version: int
    fault: str


def first_break(
    market: Market, records: Iterable[HistoryRecord], recorded: Mapping[str, Any]
) -> Break | None:
    """Return the first fault in the chain of a market; None if the chain is valid.

    `records` are all records up to the market's version, oldest first; `recorded`
    are the current values of the market's recorded fields.
    """
    last, version = "", 0
    unexplained = 0  # the first version with an erased value and no later record of the erasure
    latest: dict[str, Any] = {}
    for entry in records:
        version = int(entry.version)
        if entry.previous != last:
            return Break(version, "The record does not follow the one before it.")
        if entry.hash != digest(entry):
            return Break(version, "The record was changed after it was written.")
        last, latest = entry.hash, latest | entry.after
        if entry.action == ERASE:
            unexplained = 0
        elif entry.commitments and not unexplained:
            unexplained = version
    if last != (market.history_hash or ""):
        return Break(version, "The last record of the market is another one.")
    if unexplained:
        return Break(unexplained, "A value was erased here, and no later record says so.")
    if last and (names := ", ".join(_unrecorded(latest, recorded))):
        return Break(version, f"The market has values that no record has: {names}.")
    return None


def _unrecorded(latest: Mapping[str, Any], recorded: Mapping[str, Any]) -> Iterator[str]:
    for name, value in recorded.items():
        # A field that was added after the last record is in no record, and empty.
        if latest.get(name) != value and (name in latest or value):
            yield name
