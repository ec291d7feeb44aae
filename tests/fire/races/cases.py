"""The pairs of writes: all that can be written to an application in each status.

A pair is a race only if both can be done to the version that both people saw. So these
do not exist: what city halls do (with notes and the delivery) with deleting, and all
else that has no status in common in `WRITES`. Two decisions in a row are no race either:
the second is about a version that nobody has seen yet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

EDITS = ("revise", "photos", "finish_upload", "discard_upload")
ACCOUNT = ("transfer", "erase")
CITY_HALL = ("assign", "note")

WRITES: Mapping[str, tuple[str, ...]] = {
    "draft": (*EDITS, "submit", "withdraw", "delete", *ACCOUNT),
    "submitted": (
        *EDITS,
        "withdraw",
        "approve",
        "reject",
        "request_changes",
        *CITY_HALL,
        *ACCOUNT,
    ),
    "changes_requested": (*EDITS, "submit", "withdraw", "undo", "deliver", *CITY_HALL, *ACCOUNT),
    "approved": (*EDITS, "withdraw", "undo", "deliver", *CITY_HALL, *ACCOUNT),
    "rejected": ("withdraw", "undo", "deliver", *CITY_HALL, *ACCOUNT),
    "withdrawn": ("deliver", *CITY_HALL, *ACCOUNT),
}
"""What can be written to an application in each status."""

MEET_EVERYWHERE = frozenset(
    map(
        frozenset,
        (
            # What must not send two mails, or one that is cancelled.
            ("deliver",),
            ("undo", "deliver"),
            # Something was lost or told wrongly here once.
            ("assign", "decide"),
            ("assign", "revise"),
            ("assign", "transfer"),
            ("finish_upload", "submit"),
            ("submit", "erase"),
            ("submit", "undo"),
        ),
    )
)
"""Operations that meet in every status also in the short form."""


SAME_OPERATION = dict.fromkeys(("approve", "reject", "request_changes"), "decide")


@dataclass(frozen=True)
class Pair:
    status: str
    actions: tuple[str, str]

    @property
    def operations(self) -> frozenset[str]:
        return frozenset(SAME_OPERATION.get(action, action) for action in self.actions)

    def __str__(self) -> str:
        return f"{self.status}-{'-'.join(self.actions)}"


def all_pairs() -> list[Pair]:
    return [
        Pair(status, pair)
        for status, writes in WRITES.items()
        for pair in combinations_with_replacement(writes, 2)
    ]


def short_form() -> list[Pair]:
    """Return the pairs of the short form: any two operations meet, most of them in one status only.

    Which status and which decision that is changes from one pair to the next.
    """
    meetings: dict[frozenset[str], list[Pair]] = {}
    for pair in all_pairs():
        meetings.setdefault(pair.operations, []).append(pair)
    return list(_chosen(meetings))


def _chosen(meetings: Mapping[frozenset[str], list[Pair]]) -> Iterator[Pair]:
    for number, (operations, pairs) in enumerate(meetings.items()):
        if operations in MEET_EVERYWHERE:
            yield from pairs
        else:
            yield pairs[number % len(pairs)]
