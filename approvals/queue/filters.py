"""Which of a city's markets a queue shows: what its URL says, and what DynamoDB is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import TextChoices

from core import clock
from core.actors import Actor
from markets.models import Category, Market, Status, folded

MOST_DAYS = 365
SEARCH_LENGTH = 80  # characters
EVERY_STATUS = "all"


class Assignee(TextChoices):
    """Whose desk a market is on, as seen by the officer who asks."""

    MINE = "mine", "On my desk"
    NOBODYS = "nobody", "On no desk"


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """A view of a city's queue. It means the same to whoever opens its URL, except "mine".

    `status` None stands for every status. `longer_than` counts days since the
    submission. `search` is folded, and looked for in names and references.
    """

    status: Status | None = Status.SUBMITTED
    category: Category | None = None
    longer_than: int | None = None
    desk: Assignee | None = None
    search: str = ""

    @classmethod
    def of(cls, params: Mapping[str, str]) -> Self:
        """Read a URL's query. What is not understood is left out: no view is an error."""
        status: Status | None = Status.SUBMITTED
        if (asked := params.get("status", "")) == EVERY_STATUS:
            status = None
        elif asked in Status and asked != Status.DRAFT:
            status = Status(asked)
        category, desk = params.get("category", ""), params.get("desk", "")
        days = params.get("waiting", "")
        # Not isdigit() alone: it admits digits that int() does not read.
        known = days.isascii() and days.isdigit() and int(days[:4]) <= MOST_DAYS
        return cls(
            status=status,
            category=Category(category) if category in Category else None,
            longer_than=int(days[:4]) if known else None,
            desk=Assignee(desk) if desk in Assignee else None,
            search=folded(params.get("search", "")[:SEARCH_LENGTH].replace("\0", "")),
        )

    @property
    def params(self) -> dict[str, str]:
        """The URL's query, in one order and without what goes without saying."""
        said = {
            "status": EVERY_STATUS if self.status is None else self.status.value,
            "category": self.category.value if self.category else "",
            "waiting": "" if self.longer_than is None else str(self.longer_than),
            "desk": self.desk.value if self.desk else "",
            "search": self.search,
        }
        return {
            name: value for name, value in said.items() if value and value != Status.SUBMITTED.value
        }

    @property
    def suffix(self) -> str:
        """What to append to a path so that it is seen from this view."""
        return f"?{urlencode(self.params)}" if self.params else ""

    @property
    def narrows(self) -> bool:
        """Whether it leaves out any market of its status."""
        return self.params.keys() - {"status"} != set()

    def names(self, actor: Actor, city_slug: str) -> str:
        """Name the list that a cursor is good for."""
        return f"queue:{city_slug}:{actor.id if self.desk else ''}:{self.suffix}"

    def keys(self, *, first: str = "!", last: str = "~") -> Any:
        """Return the condition on the index's sort key: costs nothing for what it leaves out.

        `first` and `last` are queue keys between which to look, themselves included.
        """
        lowest, highest = first, last
        if self.status is not None:
            # "$" comes right after "#".
            lowest, highest = f"{self.status.value}#", f"{self.status.value}$"
            if submitted_before := self._submitted_before:
                highest = f"{self.status.value}#{submitted_before.isoformat()}"
            lowest, highest = max(lowest, first), min(highest, last)
        # DynamoDB takes no bounds the wrong way round; of one key it makes one market at most.
        return Market.queue_key.between(lowest, max(lowest, highest))

    def condition(self, actor: Actor) -> Any:
        """Return the condition on the rest, None if there is none.

        DynamoDB reads, and charges for, the markets that it leaves out.
        """
        parts: list[Any] = []
        if self.category:
            parts.append(Market.category == self.category.value)
        if self.desk == Assignee.MINE:
            parts.append(Market.assignee == actor.id)
        if self.desk == Assignee.NOBODYS:
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
