"""The states of a market and the actions that lead from one to another."""

from django.db.models import TextChoices

from core.errors import InvalidTransition
from markets.models import Status


class Action(TextChoices):
    """What somebody does to a market; the labels are in the past tense, for the history."""

    REVISE = "revise", "Edited"
    SUBMIT = "submit", "Submitted"
    WITHDRAW = "withdraw", "Withdrawn"
    APPROVE = "approve", "Approved"
    REJECT = "reject", "Rejected"
    REQUEST_CHANGES = "request_changes", "Changes requested"
    UNDO = "undo", "Decision undone"
    TRANSFER = "transfer", "Moved to another account"
    ERASE = "erase", "Personal data erased"


DECISIONS = frozenset({Action.APPROVE, Action.REJECT, Action.REQUEST_CHANGES})
"""The decisions of a city; each sends a message to the merchant."""

TRANSITIONS: dict[tuple[Status, Action], Status] = {
    (Status.DRAFT, Action.REVISE): Status.DRAFT,
    (Status.DRAFT, Action.SUBMIT): Status.SUBMITTED,
    (Status.DRAFT, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.SUBMITTED, Action.REVISE): Status.SUBMITTED,
    (Status.SUBMITTED, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.SUBMITTED, Action.APPROVE): Status.APPROVED,
    (Status.SUBMITTED, Action.REJECT): Status.REJECTED,
    (Status.SUBMITTED, Action.REQUEST_CHANGES): Status.CHANGES_REQUESTED,
    (Status.CHANGES_REQUESTED, Action.REVISE): Status.CHANGES_REQUESTED,
    (Status.CHANGES_REQUESTED, Action.SUBMIT): Status.SUBMITTED,
    (Status.CHANGES_REQUESTED, Action.WITHDRAW): Status.WITHDRAWN,
    # The city approved exactly this text, so a new text needs a new decision.
    (Status.APPROVED, Action.REVISE): Status.SUBMITTED,
    (Status.APPROVED, Action.WITHDRAW): Status.WITHDRAWN,
    (Status.REJECTED, Action.WITHDRAW): Status.WITHDRAWN,
    # Until the message to the merchant is sent.
    (Status.APPROVED, Action.UNDO): Status.SUBMITTED,
    (Status.REJECTED, Action.UNDO): Status.SUBMITTED,
    (Status.CHANGES_REQUESTED, Action.UNDO): Status.SUBMITTED,
    # To another account of the same person: only the owner changes.
    **{(status, Action.TRANSFER): status for status in Status},
    # Only applications that nobody has to act on any more.
    (Status.APPROVED, Action.ERASE): Status.APPROVED,
    (Status.REJECTED, Action.ERASE): Status.REJECTED,
    (Status.WITHDRAWN, Action.ERASE): Status.WITHDRAWN,
}


def allows(status: str, action: Action) -> bool:
    return (Status(status), action) in TRANSITIONS


def next_status(status: str, action: Action) -> Status:
    """Return the status that `action` leads to; InvalidTransition if it is not allowed."""
    if not allows(status, action):
        raise InvalidTransition(
            f"“{action.label}” is not possible while the application is"
            f" “{Status(status).label.lower()}”."
        )
    return TRANSITIONS[Status(status), action]
