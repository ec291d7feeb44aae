"""Statistics of the applications to a city: counting only, no reads.

Days and weeks are in the city's time zone. Everything is counted from the
current state of the applications: one that was submitted again counts on the day
of its last submission, and a decision that was undone, or lost because the
merchant edited the application, does not count.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from statistics import median_low
from zoneinfo import ZoneInfo

from markets.models import Category, Status

# Whole days: the last day of each bin; one more bin after these has no end.
BIN_ENDS = (0, 3, 7, 14, 21, 30)
DECIDED = frozenset({Status.APPROVED, Status.REJECTED})
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Application:
    """The attributes of one application that are counted."""

    status: Status
    category: Category | None  # None only while its merchant changes it
    submitted_at: datetime
    decided_at: datetime | None = None


@dataclass(frozen=True)
class Decided:
    """How applications were decided."""

    approved: int
    rejected: int

    @property
    def total(self) -> int:
        return self.approved + self.rejected

    @property
    def share(self) -> Fraction | None:
        """The share that is approved; None if nothing is decided."""
        return Fraction(self.approved, self.total) if self.total else None


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """The statistics of one city at one moment.

    `waits` are the whole days from submission to decision, the shortest first.
    `ages` are the whole days since submission of the undecided applications.
    `weeks` are all Mondays from the first decision to the last.
    """

    at: datetime
    target: int  # days within which the city wants to decide
    by_status: dict[Status, int]
    by_day: dict[date, int]
    waits: Sequence[int]
    ages: Sequence[int]
    weeks: Sequence[date]
    by_week: dict[tuple[Category, date], int]
    decided: dict[Category, Decided]

    @property
    def total(self) -> int:
        return sum(self.by_status.values())

    @property
    def days(self) -> list[date]:
        """Every day from the first submission to the last."""
        return _span(self.by_day, DAY)

    @property
    def median_wait(self) -> int | None:
        """Days within which half of the decisions were made."""
        return median_low(self.waits) if self.waits else None

    @property
    def within_target(self) -> int:
        """How many were decided within the city's target."""
        return sum(1 for wait in self.waits if wait <= self.target)

    @property
    def overdue(self) -> int:
        """How many have waited for longer than the city's target."""
        return sum(1 for age in self.ages if age > self.target)

    @property
    def overall(self) -> Decided:
        """The sum of all categories."""
        return Decided(
            sum(each.approved for each in self.decided.values()),
            sum(each.rejected for each in self.decided.values()),
        )


def count(
    applications: Iterable[Application], *, zone: ZoneInfo, target: int, at: datetime
) -> Statistics:
    """Count applications, none of them a draft, with ages as of `at`."""
    by_status: Counter[Status] = Counter()
    by_day: Counter[date] = Counter()
    by_week: Counter[tuple[Category, date]] = Counter()
    decisions: Counter[tuple[Category, Status]] = Counter()
    waits, ages = [], []
    for each in applications:
        by_status[each.status] += 1
        by_day[each.submitted_at.astimezone(zone).date()] += 1
        if each.status == Status.SUBMITTED:
            ages.append((at - each.submitted_at).days)
        elif each.status in DECIDED and each.decided_at and each.category:
            waits.append((each.decided_at - each.submitted_at).days)
            day = each.decided_at.astimezone(zone).date()
            by_week[each.category, day - day.weekday() * DAY] += 1
            decisions[each.category, each.status] += 1
    return Statistics(
        at=at,
        target=target,
        by_status={status: by_status[status] for status in Status if status != Status.DRAFT},
        by_day=dict(sorted(by_day.items())),
        waits=sorted(waits),
        ages=sorted(ages),
        weeks=_span({week for _, week in by_week}, WEEK),
        by_week=dict(by_week),
        decided={
            category: Decided(
                decisions[category, Status.APPROVED], decisions[category, Status.REJECTED]
            )
            for category in Category
        },
    )


@dataclass(frozen=True)
class Bin:
    """How many took `first` to `last` whole days; `last` None is without an end."""

    first: int
    last: int | None
    number: int


def in_bins(days: Iterable[int], *, target: int) -> list[Bin]:
    """Count `days` in bins, one of which ends at the target."""
    ends = sorted({*BIN_ENDS, target})
    firsts = [0, *(last + 1 for last in ends)]
    numbers = Counter(bisect_left(ends, each) for each in days)
    return [
        Bin(first, last, numbers[n])
        for n, (first, last) in enumerate(zip(firsts, [*ends, None], strict=True))
    ]


def _span(days: Iterable[date], step: timedelta) -> list[date]:
    known = sorted(days)
    if not known:
        return []
    return [known[0] + n * step for n in range((known[-1] - known[0]) // step + 1)]
