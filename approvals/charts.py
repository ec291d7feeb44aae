"""Pictures of a season's figures: where each bar and each word stands.

A chart is its numbers, a sentence that says what they show, and a drawing of
rectangles, lines and words on a sheet of WIDTH units; templates make it SVG.
Colours are the style sheet's, so that a picture follows light and dark.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil

from approvals.figures import Figures, Stretch, in_stretches
from markets.models import Category

WIDTH = 480
HEIGHT = 230
LEFT, RIGHT = 34, 474  # between which bars stand
TOP, FLOOR = 26, 200
NAMES = 132  # where rows begin, right of their names
ROW = 34
LABEL = 66  # units that a word under an axis needs
WIDEST_BAR = 52
LABELLED_BARS = 12  # at most, to have their numbers above them
WEEKS_DRAWN = 12


@dataclass(frozen=True, kw_only=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    css: str
    tip: str = ""


@dataclass(frozen=True, kw_only=True)
class Word:
    x: float
    y: float
    text: str
    css: str = ""  # where it is anchored, and its colour


@dataclass(frozen=True, kw_only=True)
class Line:
    y: float
    x: float = LEFT
    end: float = RIGHT


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What stands on the sheet; later parts cover earlier ones."""

    height: float
    lines: Sequence[Line] = ()
    boxes: Sequence[Box] = ()
    words: Sequence[Word] = ()
    width: float = WIDTH


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


def applications(figures: Figures) -> Chart:
    """Draw how many applications came on each day."""
    days = figures.days
    says = "No application has come yet."
    if days:
        most = max(figures.by_day, key=lambda day: figures.by_day[day])
        says = (
            f"{_count(figures.total, 'application')} from {_day(days[0])} to {_day(days[-1])}."
            f" The most on one day: {figures.by_day[most]}, on {_day(most)}."
        )
    return Chart(
        slug="applications",
        title="Applications a day",
        says=says,
        columns=("Day", "Applications"),
        rows=[(day.isoformat(), number) for day, number in figures.by_day.items()],
        drawing=_bars([(_day(day), figures.by_day.get(day, 0), "bar") for day in days]),
    )


def waiting(figures: Figures) -> Chart:
    """Draw how long it took from the submission to the decision."""
    says = "Nothing is decided yet."
    if figures.waits:
        says = (
            f"Half of the decisions took {_count(figures.usual_wait or 0, 'day')} or less."
            f" {figures.in_time} of {len(figures.waits)} were within the target of"
            f" {_count(figures.target, 'day')}."
        )
    return _by_days("waiting", "Waiting time until the decision", says, figures, figures.waits)


def open_by_age(figures: Figures) -> Chart:
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


def decisions(figures: Figures) -> Chart:
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
        drawing=_grid(figures) if number else None,
    )


def approved(figures: Figures) -> Chart:
    """Draw what part of the decided applications is approved."""
    everything = figures.altogether
    rows = [
        (str(category.label), each.approved, each.rejected, _percent(each.share))
        for category, each in figures.decided.items()
    ]
    rows.append(("All", everything.approved, everything.rejected, _percent(everything.share)))
    says = "Nothing is decided yet."
    if everything.total:
        says = (
            f"{everything.approved} of {_count(everything.total, 'decided application')}"
            f" {'is' if everything.approved == 1 else 'are'} approved:"
            f" {_percent(everything.share)}."
        )
    return Chart(
        slug="approved",
        title="Share approved",
        says=says,
        columns=("Category", "Approved", "Rejected", "Share approved"),
        rows=rows,
        drawing=_shares(figures) if everything.total else None,
        legend=(("bar", "approved"), ("bar bar--off", "rejected")),
    )


CHARTS: dict[str, Callable[[Figures], Chart]] = {
    "applications": applications,
    "open": open_by_age,
    "waiting": waiting,
    "approved": approved,
    "decisions": decisions,
}


def _by_days(slug: str, title: str, says: str, figures: Figures, days: Sequence[int]) -> Chart:
    stretches = in_stretches(days, target=figures.target)
    late = "bar bar--late"
    return Chart(
        slug=slug,
        title=title,
        says=says,
        columns=("Days", "Applications"),
        rows=[(_stretch(each), each.number) for each in stretches],
        drawing=_bars(
            [
                (_stretch(each), each.number, late if each.first > figures.target else "bar")
                for each in stretches
            ]
            if days
            else []
        ),
        legend=(("bar", "within the target"), (late, "longer")),
    )


def _bars(bars: Sequence[tuple[str, int, str]]) -> Drawing | None:
    """Draw upright bars: name, number, colour."""
    if not bars:
        return None
    ticks = _ticks(max(number for _, number, _ in bars))
    step = (RIGHT - LEFT) / len(bars)
    width = min(WIDEST_BAR, step * 0.82)
    every = ceil(LABEL / step) if len(bars) > LABELLED_BARS else 1
    boxes, words = [], [*_scale(ticks)]
    for n, (name, number, css) in enumerate(bars):
        middle = LEFT + (n + 0.5) * step
        top = _height(number, ticks)
        if number:
            tip = f"{name}: {number}"
            boxes.append(
                Box(
                    x=middle - width / 2,
                    y=top,
                    width=width,
                    height=FLOOR - top,
                    css=css,
                    tip=tip,
                )
            )
        if number and len(bars) <= LABELLED_BARS:
            words.append(Word(x=middle, y=top - 6, text=str(number), css="middle"))
        if n % every == 0 and middle + LABEL / 2 <= WIDTH + 6:
            words.append(Word(x=middle, y=FLOOR + 20, text=name, css="middle quiet"))
    return Drawing(
        height=HEIGHT,
        lines=[Line(y=_height(tick, ticks)) for tick in ticks],
        boxes=boxes,
        words=words,
    )


def _ticks(highest: int) -> range:
    """Return up to five round numbers that reach from 0 to `highest` or above."""
    step = 1
    while step * 4 < highest:
        # 1, 2, 5, 10, 20, 50, …
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return range(0, step * ceil(max(highest, 1) / step) + 1, step)


def _scale(ticks: range) -> Iterator[Word]:
    for tick in ticks:
        yield Word(x=LEFT - 7, y=_height(tick, ticks) + 5, text=str(tick), css="end quiet")


def _height(number: int, ticks: range) -> float:
    return FLOOR - (FLOOR - TOP) * number / ticks[-1]


def _grid(figures: Figures) -> Drawing:
    """Draw a field for each category and week: the darker, the more."""
    weeks = figures.weeks[-WEEKS_DRAWN:]
    step = min((RIGHT - NAMES) / len(weeks), 2.0 * WIDEST_BAR)
    most = max(figures.by_week.values())
    every = ceil(LABEL / step)
    boxes, words = [], []
    for row, category in enumerate(Category):
        words.append(_row_name(row, str(category.label)))
        for column, week in enumerate(weeks):
            number = figures.by_week.get((category, week), 0)
            x = NAMES + column * step
            shade = ceil(4 * number / most)
            tip = f"{category.label}, week from {_day(week)}: {number}"
            boxes.append(
                Box(
                    x=x + 1,
                    y=row * ROW + 1,
                    width=step - 2,
                    height=ROW - 2,
                    css=f"shade-{shade}",
                    tip=tip,
                )
            )
            if number:
                css = "middle on-dark" if shade > 2 else "middle"  # noqa: PLR2004
                words.append(Word(x=x + step / 2, y=row * ROW + 22, text=str(number), css=css))
    for column, week in enumerate(weeks):
        if column % every == 0:
            x = NAMES + column * step
            words.append(Word(x=x + 1, y=len(Category) * ROW + 20, text=_day(week), css="quiet"))
    return Drawing(height=len(Category) * ROW + 30, boxes=boxes, words=words)


def _shares(figures: Figures) -> Drawing:
    """Draw a lying bar for each category: what part of the decided is approved."""
    whole = RIGHT - NAMES - 52
    boxes, words = [], []
    for row, (category, each) in enumerate(figures.decided.items()):
        y = row * ROW + 5
        words.append(_row_name(row, str(category.label)))
        words.append(Word(x=RIGHT, y=row * ROW + 22, text=_percent(each.share), css="end"))
        if each.share is None:
            continue
        part = whole * float(each.share)
        for x, width, css, text in (
            (NAMES, part, "bar", f"{each.approved} approved"),
            (NAMES + part, whole - part, "bar bar--off", f"{each.rejected} rejected"),
        ):
            if width:
                tip = f"{category.label}: {text}"
                boxes.append(Box(x=x, y=y, width=width, height=ROW - 10, css=css, tip=tip))
    return Drawing(height=len(Category) * ROW + 6, boxes=boxes, words=words)


def _row_name(row: int, name: str) -> Word:
    return Word(x=NAMES - 10, y=row * ROW + 22, text=name, css="end")


def _stretch(stretch: Stretch) -> str:
    if stretch.last is None:
        return f"over {stretch.first - 1}"
    if stretch.first == stretch.last:
        return str(stretch.first)
    return f"{stretch.first}–{stretch.last}"  # noqa: RUF001 - from … to


def _day(day: date) -> str:
    return f"{day:%-d %b}"


def _percent(share: Fraction | None) -> str:
    return "–" if share is None else f"{float(share):.0%}"  # noqa: RUF001


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def all_charts(figures: Figures) -> Iterable[Chart]:
    """Return every chart, in the order in which the page shows them."""
    return [draw(figures) for draw in CHARTS.values()]
