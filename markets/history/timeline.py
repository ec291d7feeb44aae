"""A market's history as people read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from core.actors import Channel
from markets.details import LABELS
from markets.history.models import HistoryRecord
from markets.history.records import RECORDED, differences
from markets.lifecycle import Action
from markets.models import Category, Language, Market, PhotoRole, ReasonCode

ONE_SITTING = timedelta(minutes=10)
"""Revisions that follow one another sooner than this are one to those who read them."""


@dataclass(frozen=True)
class Change:
    """One field's old and new value, as people read them."""

    label: str
    before: str
    after: str

    @property
    def before_lines(self) -> list[tuple[str, bool]]:
        """The old value's lines, each with whether it is gone from the new one."""
        return self._lines()[0]

    @property
    def after_lines(self) -> list[tuple[str, bool]]:
        """The new value's lines, each with whether the old one lacked it."""
        return self._lines()[1]

    def _lines(self) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
        """Mark what differs between the two, unless they have nothing in common."""
        before, after = self.before.splitlines(), self.after.splitlines()
        same = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        kept = {each.a + i for each in same for i in range(each.size)}
        held = {each.b + i for each in same for i in range(each.size)}
        return (
            [(line, bool(kept) and at not in kept) for at, line in enumerate(before)],
            [(line, bool(held) and at not in held) for at, line in enumerate(after)],
        )


def changes(records: Sequence[HistoryRecord]) -> list[Change]:
    """Return what several consecutive versions, oldest first, changed of the text together."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for entry in records:
        before = {**entry.before, **before}
        after |= entry.after
    old, new = differences(before, after)
    return [
        Change(LABELS[name], format_value(name, old[key]), format_value(name, new[key]))
        for key, name in RECORDED.items()
        if key in new and name in LABELS
    ]


@dataclass(frozen=True)
class Entry:
    """One version in a market's history, as people read it."""

    version: int
    at: datetime
    action: Action
    by_merchant: bool
    officer: str
    """The name of the officer who did it, for colleagues; empty where none did."""
    channel: Channel
    text: str
    changes: list[Change]
    requests: list[tuple[str, str]]
    """What the city asks for: a field's label, and what to change in it."""


def timeline(market: Market, records: Sequence[HistoryRecord]) -> list[Entry]:
    """Return the records of a market, oldest first, as entries with the newest first.

    What somebody saved in several steps, one soon after the other, is one entry.
    """
    merchants = {market.user_id, *(entry.before.get("userId") for entry in records)}
    return [
        Entry(
            version=int(step[-1].version),
            at=step[-1].at,
            action=Action(step[-1].action),
            by_merchant=step[-1].actor_id in merchants,
            officer=step[-1].actor_name or "",
            channel=Channel(step[-1].channel),
            text=step[-1].text or "",
            # The first record differs from nothing in everything: no news.
            changes=changes(step) if step[0].before else [],
            requests=[
                (LABELS[RECORDED[asked["field"]]], asked["message"])
                for asked in step[-1].after.get("changeRequests", ())
            ]
            if step[0].before
            else [],
        )
        for step in reversed(_steps(records))
    ]


def _steps(records: Sequence[HistoryRecord]) -> list[list[HistoryRecord]]:
    """Put together the revisions that belong together."""
    steps: list[list[HistoryRecord]] = []
    for entry in records:
        last = steps[-1][-1] if steps else None
        goes_on = (
            last is not None
            and last.action == entry.action == Action.REVISE.value
            and last.actor_id == entry.actor_id
            and "status" not in entry.after
            and entry.at - last.at < ONE_SITTING
        )
        if goes_on:
            steps[-1].append(entry)
        else:
            steps.append([entry])
    return steps


def format_value(name: str, value: Any) -> str:
    """Return a recorded value in words; empty if there is none."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "photos":
        return "\n".join(_photo_in_words(photo) for photo in value)
    labels = {"category": Category, "language": Language, "reason_code": ReasonCode}
    return str(labels[name](value).label) if name in labels else str(value)


def _photo_in_words(photo: dict[str, str]) -> str:
    words = photo["altText"] or "(without description)"
    role = photo.get("role")
    return f"{words} ({PhotoRole(role).label.lower()})" if role else words
