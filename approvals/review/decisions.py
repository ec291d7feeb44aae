"""What was decided on a market, as its history tells it."""

from collections.abc import Sequence
from dataclasses import dataclass

from markets.details import LABELS, NAMES
from markets.history.models import HistoryRecord
from markets.lifecycle import DECISIONS, Action
from markets.models import ReasonCode


@dataclass(frozen=True)
class Decision:
    """A record by which a city hall answered; `undone` by the record of that version, if it was."""

    record: HistoryRecord
    undone: int | None = None

    @property
    def action(self) -> Action:
        return Action(self.record.action)

    @property
    def reason_label(self) -> str:
        code = self.record.after.get("reasonCode")
        return ReasonCode(code).label if code else ""

    @property
    def requests(self) -> list[tuple[str, str]]:
        """The fields that it asks to change, as people call them, and what to change."""
        asked = self.record.after.get("changeRequests", ())
        return [(LABELS[NAMES[each["field"]]], each["message"]) for each in asked]


def decisions_in(records: Sequence[HistoryRecord]) -> list[Decision]:
    """Return the decisions among a market's records, oldest first."""
    found: list[Decision] = []
    for entry in records:
        action = Action(entry.action)
        if action in DECISIONS:
            found.append(Decision(entry))
        elif action == Action.UNDO and found:
            found[-1] = Decision(found[-1].record, undone=int(entry.version))
    return found


def last_reviewed(records: Sequence[HistoryRecord]) -> HistoryRecord | None:
    """Return the last decision that stands: an officer had read the text as it was then."""
    standing = [each.record for each in decisions_in(records) if each.undone is None]
    return standing[-1] if standing else None
