"""Filters of a city's queue: as the query string of a URL, and as conditions for DynamoDB."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import TextChoices

from core import clock
from core.actors import Actor
from core.text import fold
from core.web.parsing import parse_number
from markets.models import Category, Market, Status

MAX_DAYS = 365
SEARCH_LENGTH = 80  # characters
EVERY_STATUS = "all"


class Assignee(TextChoices):
    """To whom an application is assigned, from the point of view of the officer who asks."""

    MINE = "mine", "Me"
    NONE = "none", "Nobody"


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """A view of a city's queue. A URL shows all officers the same, except for "mine".

    `status` None stands for every status. `longer_than` counts days since the
    submission. `search` is folded, and looked for in names and references.
    """

    status: Status | None = Status.SUBMITTED
    category: Category | None = None
    longer_than: int | None = None
    assignee: Assignee | None = None
    search: str = ""

    @classmethod
    def of(cls, params: Mapping[str, str]) -> Self:
        """Read a URL's query string. Values that are not valid are ignored."""
        category, assignee = params.get("category", ""), params.get("assignee", "")
        return cls(
            status=_parse_status(params.get("status", "")),
            category=Category(category) if category in Category else None,
            longer_than=_parse_days(params.get("waiting", "")),
            assignee=Assignee(assignee) if assignee in Assignee else None,
            search=fold(params.get("search", "")[:SEARCH_LENGTH].replace("\0", "")),
        )

    @property
    def params(self) -> dict[str, str]:
        """The query string's values, always in the same order and without defaults."""
        status = EVERY_STATUS if self.status is None else self.status.value
        values = {
            "status": "" if status == Status.SUBMITTED else status,
            "category": self.category.value if self.category else "",
            "waiting": "" if self.longer_than is None else str(self.longer_than),
            "assignee": self.assignee.value if self.assignee else "",
            "search": self.search,
        }
        return {name: value for name, value in values.items() if value}

    @property
    def suffix(self) -> str:
        """The query string with its question mark, to append to a path; empty for the default."""
        return f"?{urlencode(self.params)}" if self.params else ""

    @property
    def is_narrowed(self) -> bool:
        """Whether it leaves out any application of its status."""
        return self.params.keys() - {"status"} != set()

    def cursor_name(self, actor: Actor, city_slug: str) -> str:
        """Name the list for which a cursor is valid."""
        return f"queue:{city_slug}:{actor.id if self.assignee else ''}:{self.suffix}"

    def key_condition(self, *, first: str = "!", last: str = "~") -> Any:
        """Return the condition on the index's sort key. What it leaves out costs nothing.

        `first` and `last` are the queue keys between which to look, both included.
        """
        lowest, highest = first, last
        if self.status is not None:
            # "$" comes right after "#".
            lowest, highest = f"{self.status.value}#", f"{self.status.value}$"
            if submitted_before := self._submitted_before:
                highest = f"{self.status.value}#{submitted_before.isoformat()}"
            lowest, highest = max(lowest, first), min(highest, last)
        # DynamoDB refuses an upper bound below the lower one; equal bounds find one key at most.
        return Market.queue_key.between(lowest, max(lowest, highest))

    def condition(self, actor: Actor) -> Any:
        """Return the condition on other attributes; None if there is none.

        DynamoDB reads, and charges for, the applications that it leaves out.
        """
        parts: list[Any] = []
        if self.category:
            parts.append(Market.category == self.category.value)
        if self.assignee == Assignee.MINE:
            parts.append(Market.assignee == actor.id)
        if self.assignee == Assignee.NONE:
            parts.append(Market.assignee.does_not_exist())
        if self.search:
            parts.append(Market.search_text.contains(self.search))
        if self.status is None and (submitted_before := self._submitted_before):
            parts.append(Market.submitted_at < submitted_before)
        condition = None
        for part in parts:
            condition = part if condition is None else condition & part
        return condition

    @property
    def _submitted_before(self) -> datetime | None:
        if self.longer_than is None:
            return None
        return clock.now() - timedelta(days=self.longer_than)


def _parse_status(text: str) -> Status | None:
    if text == EVERY_STATUS:
        return None
    return Status(text) if text in Status and text != Status.DRAFT else Status.SUBMITTED


def _parse_days(text: str) -> int | None:
    days = parse_number(text)
    return days if days <= MAX_DAYS and (days or text == "0") else None
