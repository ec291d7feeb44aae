"""The charts of a season: what each says, its numbers, and its drawing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from approvals.statistics.stats import Bin, Statistics, in_bins
from approvals.statistics.svg import (
    WEEKS_DRAWN,
    Drawing,
    draw_bars,
    draw_grid,
    draw_shares,
    percent,
    short_date,
)
from markets.models import Category


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One figure of the season; `rows` hold a cell for each of `columns`.

    `drawing` is None if there is nothing to draw yet.
    """

    slug: str
    title: str
    says: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | int]]
    drawing: Drawing | None
    legend: Sequence[tuple[str, str]] = ()  # colour's class, what it stands for


def applications(figures: Statistics) -> Chart:
    """Draw how many applications came on each day."""
    days = figures.days
    says = "No application has come yet."
    if days:
        first, last = short_date(days[0]), short_date(days[-1])
        most = max(figures.by_day, key=lambda day: figures.by_day[day])
        says = (
            f"{_count(figures.total, 'application')} from {first} to {last}."
            f" The most on one day: {figures.by_day[most]}, on {short_date(most)}."
        )
    return Chart(
        slug="applications",
        title="Applications a day",
        says=says,
        columns=("Day", "Applications"),
        rows=[(day.isoformat(), number) for day, number in figures.by_day.items()],
        drawing=draw_bars([(short_date(day), figures.by_day.get(day, 0), "bar") for day in days]),
    )


def waiting(figures: Statistics) -> Chart:
    """Draw how long it took from the submission to the decision."""
    says = "Nothing is decided yet."
    if figures.waits:
        says = (
            f"Half of the decisions took {_count(figures.usual_wait or 0, 'day')} or less."
            f" {figures.in_time} of {len(figures.waits)} were within the target of"
            f" {_count(figures.target, 'day')}."
        )
    return _by_days("waiting", "Waiting time until the decision", says, figures, figures.waits)


def open_by_age(figures: Statistics) -> Chart:
    """Draw for how long the undecided have been waiting."""
    number = len(figures.ages)
    says = "No application waits for the city."
    if number:
        says = (
            f"{_count(number, 'application')} wait{'s' if number == 1 else ''} for the city,"
            f" {figures.overdue} of them for longer than the target of"
            f" {_count(figures.target, 'day')}."
        )
    return _by_days("open", "Open applications by age", says, figures, figures.ages)


def decisions(figures: Statistics) -> Chart:
    """Draw how many decisions were made in each week, category by category."""
    number, weeks = figures.altogether.total, figures.weeks
    says = "Nothing is decided yet."
    if number:
        says = f"{_count(number, 'decision')} in {_count(len(weeks), 'week')}."
        if len(weeks) > WEEKS_DRAWN:
            says += f" The picture shows the last {WEEKS_DRAWN} weeks, the table all."
    cells = {
        week: [figures.by_week.get((category, week), 0) for category in Category] for week in weeks
    }
    return Chart(
        slug="decisions",
        title="Decisions by category and week",
        says=says,
        columns=("Week from", *(str(category.label) for category in Category), "All"),
        rows=[(week.isoformat(), *row, sum(row)) for week, row in cells.items()],
        drawing=draw_grid(figures) if number else None,
    )


def approved(figures: Statistics) -> Chart:
    """Draw what part of the decided applications is approved."""
    everything = figures.altogether
    rows = [
        (str(category.label), each.approved, each.rejected, percent(each.share))
        for category, each in figures.decided.items()
    ]
    rows.append(("All", everything.approved, everything.rejected, percent(everything.share)))
    says = "Nothing is decided yet."
    if everything.total:
        says = (
            f"{everything.approved} of {_count(everything.total, 'decided application')}"
            f" {'is' if everything.approved == 1 else 'are'} approved:"
            f" {percent(everything.share)}."
        )
    return Chart(
        slug="approved",
        title="Share approved",
        says=says,
        columns=("Category", "Approved", "Rejected", "Share"),
        rows=rows,
        drawing=draw_shares(figures) if everything.total else None,
        legend=(("bar", "approved"), ("bar bar--off", "rejected")),
    )


CHARTS: dict[str, Callable[[Statistics], Chart]] = {
    "applications": applications,
    "open": open_by_age,
    "waiting": waiting,
    "approved": approved,
    "decisions": decisions,
}


def _by_days(slug: str, title: str, says: str, figures: Statistics, days: Sequence[int]) -> Chart:
    stretches = in_bins(days, target=figures.target)
    late = "bar bar--late"
    return Chart(
        slug=slug,
        title=title,
        says=says,
        columns=("Days", "Applications"),
        rows=[(_stretch(each), each.number) for each in stretches],
        drawing=draw_bars(
            [
                (_stretch(each), each.number, late if each.first > figures.target else "bar")
                for each in stretches
            ]
            if days
            else []
        ),
        legend=(("bar", "within the target"), (late, "longer")),
    )


def _stretch(stretch: Bin) -> str:
    if stretch.last is None:
        return f"over {stretch.first - 1}"
    if stretch.first == stretch.last:
        return str(stretch.first)
    return f"{stretch.first}–{stretch.last}"  # noqa: RUF001 - from … to


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def all_charts(figures: Statistics) -> list[Chart]:
    """Return every chart, in the order in which the page shows them."""
    return [draw(figures) for draw in CHARTS.values()]
