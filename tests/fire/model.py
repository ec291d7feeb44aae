"""A small pure model of applications: what each action does, or why it is refused.

It knows nothing of DynamoDB, pages or forms. The lifecycle is written out a second
time on purpose: a test that reads the product's own table could not find a fault in it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

TIME_TO_UNDO = timedelta(minutes=10)
DECISIONS = {"approve": "approved", "reject": "rejected", "request_changes": "changes_requested"}


MERCHANT_ACTIONS = ("revise", "submit", "withdraw", "delete")
OFFICER_ACTIONS = ("approve", "reject", "request_changes", "undo", "assign")

REVISED = {
    "draft": "draft",
    "submitted": "submitted",
    "changes_requested": "changes_requested",
    "approved": "submitted",
}
"""The status after a revision, by the status before; nothing else can be revised."""


class Refusal(StrEnum):
    """Why an action is refused: the name of the error."""

    NOT_FOUND = "NotFound"
    VERSION_CONFLICT = "VersionConflict"
    INVALID_TRANSITION = "InvalidTransition"
    TOO_LATE = "TooLate"


@dataclass
class ModelMail:
    """The mail of a decision."""

    action: str
    version: int
    at: datetime
    state: str = "waiting"


class ModelPhoto(NamedTuple):
    """A photo, by its name in the bucket."""

    key: str
    alt_text: str


@dataclass
class ModelApplication:
    """An application as its history says it must be."""

    owner: str
    market_id: str
    city: str
    name: str
    status: str = "draft"
    version: int = 1
    deleted: bool = False
    assignee: str | None = None
    submitted_at: datetime | None = None
    photos: list[ModelPhoto] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    history: list[tuple[int, str]] = field(default_factory=list)
    mails: list[ModelMail] = field(default_factory=list)
    closed_account: str | None = None
    erased: bool = False

    def refusal(self, action: str, expected_version: int, now: datetime) -> Refusal | None:  # noqa: PLR0911 (one return a rule)
        """Return why an action of somebody who may do it is refused; None if it is done."""
        if self.deleted or (self.status == "draft" and action in OFFICER_ACTIONS):
            return Refusal.NOT_FOUND
        if self.erased or (action == "delete" and self.status != "draft"):
            return Refusal.INVALID_TRANSITION
        if self.is_repeat(action, expected_version):
            return None
        if expected_version != self.version:
            return Refusal.VERSION_CONFLICT
        if action in {"assign", "delete"}:
            return None
        if self.next_status(action) is None:
            return Refusal.INVALID_TRANSITION
        if action == "undo" and not self.can_undo(now):
            return Refusal.TOO_LATE
        return None

    def is_repeat(self, action: str, expected_version: int) -> bool:
        """Whether the last change was exactly this one, on this version: it is done already.

        In the model one person does all the actions of a kind. A revision is never sent
        twice, because each has a name of its own.
        """
        return (
            action != "revise"
            and expected_version == self.version - 1
            and self.history[-1:] == [(self.version, action)]
        )

    def possible_actions(self, now: datetime) -> list[str]:
        """Return what can be done to the last version, but for what ends the application."""
        actions = ("revise", "submit", *OFFICER_ACTIONS)
        return [each for each in actions if self.refusal(each, self.version, now) is None]

    def next_status(self, action: str) -> str | None:
        """Return the status that an action leads to; None if the status does not allow it."""
        match action:
            case "revise":
                return REVISED.get(self.status)
            case "submit":
                return "submitted" if self.status in {"draft", "changes_requested"} else None
            case "withdraw":
                return None if self.status == "withdrawn" else "withdrawn"
            case "undo":
                return "submitted" if self.status in DECISIONS.values() else None
            case decision:
                return DECISIONS[decision] if self.status == "submitted" else None

    def can_undo(self, now: datetime) -> bool:
        """Whether the newest mail is the last version's and still waits for its time."""
        newest = self.mails[-1] if self.mails else None
        return (
            newest is not None
            and newest.version == self.version
            and newest.state == "waiting"
            and now < newest.at + TIME_TO_UNDO
        )

    def apply(self, action: str, now: datetime, *, name: str | None = None) -> None:
        """Do an action that is not refused and no repeat."""
        if action == "delete":
            self.deleted = True
            return
        status = self.next_status(action)
        assert status
        self.version += 1
        if action in DECISIONS:
            self.mails.append(ModelMail(action, self.version, now))
        if action == "undo":
            self.mails[-1].state = "cancelled"
        if action == "submit" or (action == "revise" and self.status == "approved"):
            self.submitted_at = now
        if name is not None:
            self.name = name
        self.status = status
        if status != "draft":
            self.history.append((self.version, action))

    def record(self, action: str, status: str) -> None:
        """Make a version that is no step of the lifecycle for its merchant or its city."""
        self.version, self.status = self.version + 1, status
        if status != "draft":
            self.history.append((self.version, action))

    def deliver(self, now: datetime) -> None:
        """Send the mails that are due and still true; cancel those that are due and not."""
        for mail in self.mails:
            if mail.state == "waiting" and mail.at + TIME_TO_UNDO <= now:
                mail.state = "sent" if self.is_true(mail) else "cancelled"

    def is_true(self, mail: ModelMail) -> bool:
        """Whether the decision of a mail still stands."""
        since = self.submitted_at is not None and self.submitted_at > mail.at
        return self.status == DECISIONS[mail.action] and not since
