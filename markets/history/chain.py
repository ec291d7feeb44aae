"""The chain of a market's history: each record holds the hash of the one before.

Whoever changes, adds or takes out a record would have to rewrite all that
follow, and the market itself, which keeps the hash of the last.

What may have to be erased one day is not in the hash itself: in its place is a
seal, the hash of the value and of a salt. A value that is erased leaves the
seal behind, and the chain stays provable; without the salt nobody finds out by
trying what it was. See docs/decisions/0011-erasure.md.
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
"""The fields, by their names in JSON, that tell or may tell of a person; and what is there
once they are erased. Records say themselves what was sealed in them: to add a
name here breaks no older one."""
ERASE = "erase"
"""The action after which records may lack what was sealed in them."""


def facts(entry: HistoryRecord) -> dict[str, Any]:
    """Return all that a record says, under its names in JSON, but for its own hash."""
    return {
        **_said(entry),
        "salts": entry.salts or {},
        "seals": entry.commitments or {},
    }


def _said(entry: HistoryRecord) -> dict[str, Any]:
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
    """Return the SHA-256 of a record, hexadecimal: of what it says, as canonical JSON.

    A value that has a salt, or had one, counts as `{"sealed": …}`, its seal.
    Canonical is: names in the order of their code points, no spaces, UTF-8.
    """
    said = _said(entry)
    for side in ("before", "after"):
        said[side] = {
            name: _hashed(entry, f"{side}.{name}", value) for name, value in said[side].items()
        }
    for name in ("text", "note"):
        said[name] = _hashed(entry, name, said[name])
    return hashlib.sha256(_canonical(said)).hexdigest()


def append(market: Market, entry: HistoryRecord) -> None:
    """Make `entry` the last link of the market's chain; both are yet to be saved."""
    entry.salts = {place: secrets.token_hex(16) for place in _personal_places(entry)}
    entry.previous = market.history_hash or ""
    entry.hash = market.history_hash = digest(entry)


def erase(entry: HistoryRecord) -> bool:
    """Take out what is sealed in a record, salts and all, and leave its hash true.

    False if nothing is left to take out.
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
    """Return what stands for a value in the hash: its seal, if it is or was sealed."""
    if salt := (entry.salts or {}).get(place):
        return {"sealed": _commitment(salt, value)}
    if not value and (encrypt := (entry.commitments or {}).get(place)):
        return {"sealed": encrypt}
    return value


def _commitment(salt: str, value: Any) -> str:
    return hmac.digest(bytes.fromhex(salt), _canonical(value), "sha256").hex()


def _canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


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
    unexplained = 0  # the first version from which something is erased without a record of it
    told: dict[str, Any] = {}
    for entry in records:
        version = int(entry.version)
        if entry.previous != last:
            return Break(version, "The record does not follow the one before it.")
        if entry.hash != digest(entry):
            return Break(version, "The record is not what it was when it was written.")
        last, told = entry.hash, told | entry.after
        if entry.action == ERASE:
            unexplained = 0
        elif entry.commitments and not unexplained:
            unexplained = version
    if last != (market.history_hash or ""):
        return Break(version, "The market does not end with this record.")
    if unexplained:
        return Break(unexplained, "Something was erased here, and no later record says so.")
    if last and (names := ", ".join(_untold(told, recorded))):
        return Break(version, f"The market says what no record tells: {names}.")
    return None


def _untold(told: Mapping[str, Any], recorded: Mapping[str, Any]) -> Iterator[str]:
    for name, value in recorded.items():
        # A field younger than the records is in none of them, and empty.
        if told.get(name) != value and (name in told or value):
            yield name
