"""The decisions in an application's history."""

from collections.abc import Sequence
from dataclasses import dataclass

from markets.details import LABELS, NAMES
from markets.history.models import HistoryRecord
from markets.lifecycle import DECISIONS, Action
from markets.models import ReasonCode


@dataclass(frozen=True)
class Decision:
    """The record of a decision, and the version that undid it, if any."""

    record: HistoryRecord
    undone_by: int | None = None

    @property
    def action(self) -> Action:
        return Action(self.record.action)

    @property
    def reason_label(self) -> str:
        code = self.record.after.get("reasonCode")
        return ReasonCode(code).label if code else ""

    @property
    def requests(self) -> list[tuple[str, str]]:
        """Requested changes: the label of the field, and what to change."""
        requests = self.record.after.get("changeRequests", ())
        return [(LABELS[NAMES[each["field"]]], each["message"]) for each in requests]


def decisions_in(records: Sequence[HistoryRecord]) -> list[Decision]:
    """Return the decisions among an application's records, oldest first."""
    found: list[Decision] = []
    for entry in records:
        action = Action(entry.action)
        if action in DECISIONS:
            found.append(Decision(entry))
        elif action == Action.UNDO and found:
            found[-1] = Decision(found[-1].record, undone_by=int(entry.version))
    return found


def last_reviewed(records: Sequence[HistoryRecord]) -> HistoryRecord | None:
    """Return the last decision that was not undone: an officer has read that version."""
    standing = [each.record for each in decisions_in(records) if each.undone_by is None]
    return standing[-1] if standing else None
