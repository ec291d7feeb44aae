"""A market's history, formatted for people."""

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

EDITING_PAUSE = timedelta(minutes=10)
"""Revisions that are closer together than this are shown as one."""


@dataclass(frozen=True)
class Change:
    """The old and new value of one field, formatted for people."""

    label: str
    before: str
    after: str

    @property
    def before_lines(self) -> list[tuple[str, bool]]:
        """The lines of the old value, each with whether the new value lacks it."""
        return self._lines()[0]

    @property
    def after_lines(self) -> list[tuple[str, bool]]:
        """The lines of the new value, each with whether the old value lacks it."""
        return self._lines()[1]

    def _lines(self) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
        """Mark the lines that differ, unless the two values have none in common."""
        before, after = self.before.splitlines(), self.after.splitlines()
        blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        same_before = {block.a + i for block in blocks for i in range(block.size)}
        same_after = {block.b + i for block in blocks for i in range(block.size)}
        return (
            [(line, bool(same_before) and i not in same_before) for i, line in enumerate(before)],
            [(line, bool(same_after) and i not in same_after) for i, line in enumerate(after)],
        )


def changes(records: Sequence[HistoryRecord]) -> list[Change]:
    """Return the combined changes of consecutive versions, oldest first."""
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
    """One entry of a market's history, formatted for people."""

    version: int
    at: datetime
    action: Action
    by_merchant: bool
    officer: str
    """The officer's name, for colleagues only; empty if it was no officer."""
    channel: Channel
    text: str
    changes: list[Change]
    requests: list[tuple[str, str]]
    """The city's change requests: the label of a field, and what to change."""


def timeline(market: Market, records: Sequence[HistoryRecord]) -> list[Entry]:
    """Return entries, newest first, for the records of a market, given oldest first.

    Revisions by one person that follow each other closely become one entry.
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
            # The first record holds all fields, so every field would be listed as changed.
            changes=changes(step) if step[0].before else [],
            requests=[
                (LABELS[RECORDED[request["field"]]], request["message"])
                for request in step[-1].after.get("changeRequests", ())
            ]
            if step[0].before
            else [],
        )
        for step in reversed(_steps(records))
    ]


def _steps(records: Sequence[HistoryRecord]) -> list[list[HistoryRecord]]:
    """Group revisions by one person that follow each other closely."""
    steps: list[list[HistoryRecord]] = []
    for entry in records:
        last = steps[-1][-1] if steps else None
        belongs_to_last = (
            last is not None
            and last.action == entry.action == Action.REVISE.value
            and last.actor_id == entry.actor_id
            and "status" not in entry.after
            and entry.at - last.at < EDITING_PAUSE
        )
        if belongs_to_last:
            steps[-1].append(entry)
        else:
            steps.append([entry])
    return steps


def format_value(name: str, value: Any) -> str:
    """Return a recorded value as text; empty if there is none."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "photos":
        return "\n".join(_format_photo(photo) for photo in value)
    labels = {"category": Category, "language": Language, "reason_code": ReasonCode}
    return str(labels[name](value).label) if name in labels else str(value)


def _format_photo(photo: dict[str, str]) -> str:
    description = photo["altText"] or "(without description)"
    role = photo.get("role")
    return f"{description} ({PhotoRole(role).label.lower()})" if role else description
