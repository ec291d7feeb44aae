"""The charts of the statistics page: for each a summary, its numbers and its drawing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from approvals.statistics.stats import Bin, Statistics, in_bins
from approvals.statistics.svg import (
    WEEKS_DRAWN,
    Drawing,
    draw_bars,
    draw_grid,
    draw_shares,
    format_day,
    format_share,
)
from markets.models import Category

NO_DECISION = "Nothing is decided yet."


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart. Each of `rows` has a cell for each of `columns`.

    `drawing` is None if there is nothing to draw yet.
    """

    slug: str
    title: str
    summary: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | int]]
    drawing: Drawing | None
    legend: Sequence[tuple[str, str]] = ()  # CSS class of the colour, meaning


def applications_per_day(statistics: Statistics) -> Chart:
    days = statistics.days
    summary = "No application has been submitted yet."
    if days:
        first, last = format_day(days[0]), format_day(days[-1])
        busiest = max(statistics.by_day, key=lambda day: statistics.by_day[day])
        summary = (
            f"{_count(statistics.total, 'application')} from {first} to {last}."
            f" The most on one day: {statistics.by_day[busiest]}, on {format_day(busiest)}."
        )
    return Chart(
        slug="applications-per-day",
        title="Applications per day",
        summary=summary,
        columns=("Day", "Applications"),
        rows=[(day.isoformat(), number) for day, number in statistics.by_day.items()],
        drawing=draw_bars(
            [(format_day(day), statistics.by_day.get(day, 0), "bar") for day in days]
        ),
    )


def waiting_times(statistics: Statistics) -> Chart:
    """Return the chart of the days between submission and decision."""
    summary = NO_DECISION
    if statistics.waits:
        summary = (
            f"Half of the decisions took {_count(statistics.median_wait or 0, 'day')} or less."
            f" {statistics.within_target} of {len(statistics.waits)} were within the target of"
            f" {_count(statistics.target, 'day')}."
        )
    title = "Waiting time until the decision"
    return _by_days("waiting", title, summary, statistics, statistics.waits)


def open_by_age(statistics: Statistics) -> Chart:
    """Return the chart of the days that undecided applications have waited so far."""
    number = len(statistics.ages)
    summary = "No application waits for the city."
    if number:
        summary = (
            f"{_count(number, 'application')} wait{'s' if number == 1 else ''} for the city,"
            f" {statistics.overdue} of them for longer than the target of"
            f" {_count(statistics.target, 'day')}."
        )
    return _by_days("open", "Open applications by age", summary, statistics, statistics.ages)


def share_approved(statistics: Statistics) -> Chart:
    overall = statistics.overall
    rows = [
        (str(category.label), each.approved, each.rejected, format_share(each.share))
        for category, each in statistics.decided.items()
    ]
    rows.append(("All", overall.approved, overall.rejected, format_share(overall.share)))
    summary = NO_DECISION
    if overall.total:
        summary = (
            f"{overall.approved} of {_count(overall.total, 'decided application')}"
            f" {'is' if overall.approved == 1 else 'are'} approved:"
            f" {format_share(overall.share)}."
        )
    return Chart(
        slug="approved",
        title="Share approved",
        summary=summary,
        columns=("Category", "Approved", "Rejected", "Share"),
        rows=rows,
        drawing=draw_shares(statistics) if overall.total else None,
        legend=(("bar", "approved"), ("bar bar--off", "rejected")),
    )


def decisions_per_week(statistics: Statistics) -> Chart:
    number, weeks = statistics.overall.total, statistics.weeks
    summary = NO_DECISION
    if number:
        summary = f"{_count(number, 'decision')} in {_count(len(weeks), 'week')}."
        if len(weeks) > WEEKS_DRAWN:
            summary += f" The chart shows the last {WEEKS_DRAWN} weeks, the table all."
    cells = {
        week: [statistics.by_week.get((category, week), 0) for category in Category]
        for week in weeks
    }
    return Chart(
        slug="decisions",
        title="Decisions by category and week",
        summary=summary,
        columns=("Week from", *(str(category.label) for category in Category), "All"),
        rows=[(week.isoformat(), *row, sum(row)) for week, row in cells.items()],
        drawing=draw_grid(statistics) if number else None,
    )


CHARTS: dict[str, Callable[[Statistics], Chart]] = {
    "applications-per-day": applications_per_day,
    "open": open_by_age,
    "waiting": waiting_times,
    "approved": share_approved,
    "decisions": decisions_per_week,
}
"""By slug, in the order in which the page shows them."""


def all_charts(statistics: Statistics) -> list[Chart]:
    return [make(statistics) for make in CHARTS.values()]


def _by_days(
    slug: str, title: str, summary: str, statistics: Statistics, days: Sequence[int]
) -> Chart:
    bins = in_bins(days, target=statistics.target)
    late = "bar bar--late"
    bars = [
        (_label(each), each.number, late if each.first > statistics.target else "bar")
        for each in bins
    ]
    return Chart(
        slug=slug,
        title=title,
        summary=summary,
        columns=("Days", "Applications"),
        rows=[(_label(each), each.number) for each in bins],
        drawing=draw_bars(bars if days else []),
        legend=(("bar", "within the target"), (late, "longer")),
    )


def _label(days: Bin) -> str:
    if days.last is None:
        return f"over {days.first - 1}"
    if days.first == days.last:
        return str(days.first)
    return f"{days.first}–{days.last}"  # noqa: RUF001 - from … to


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
