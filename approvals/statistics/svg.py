"""The geometry of charts: where each bar, line and label is.

A drawing is WIDTH units wide; a template renders it as SVG. The style sheet sets
the colours, so that a chart follows light and dark mode.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil

from approvals.statistics.stats import Statistics
from markets.models import Category

WIDTH = 480
HEIGHT = 230
LEFT, RIGHT = 34, 474  # edges of the area for bars
TOP, FLOOR = 26, 200
ROW_START = 148  # right of the rows' names
ROW_HEIGHT = 34
LABEL_WIDTH = 66  # that a label under an axis needs
MAX_BAR_WIDTH = 52
MAX_NUMBERED_BARS = 12  # with their numbers above them
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
class Label:
    x: float
    y: float
    text: str
    css: str = ""  # its anchor and its colour


@dataclass(frozen=True, kw_only=True)
class Line:
    y: float
    x: float = LEFT
    end: float = RIGHT


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The parts of a chart, in drawing order."""

    height: float
    lines: Sequence[Line] = ()
    boxes: Sequence[Box] = ()
    labels: Sequence[Label] = ()
    width: float = WIDTH


def draw_bars(bars: Sequence[tuple[str, int, str]]) -> Drawing | None:
    """Draw vertical bars, each given by its name, number and CSS class."""
    if not bars:
        return None
    ticks = _ticks(max(number for _, number, _ in bars))
    step = (RIGHT - LEFT) / len(bars)
    width = min(MAX_BAR_WIDTH, step * 0.82)
    every = ceil(LABEL_WIDTH / step) if len(bars) > MAX_NUMBERED_BARS else 1
    boxes, labels = [], [*_scale(ticks)]
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
        if number and len(bars) <= MAX_NUMBERED_BARS:
            labels.append(Label(x=middle, y=top - 6, text=str(number), css="middle"))
        if n % every == 0 and middle + LABEL_WIDTH / 2 <= WIDTH + 6:
            labels.append(Label(x=middle, y=FLOOR + 20, text=name, css="middle quiet"))
    return Drawing(
        height=HEIGHT,
        lines=[Line(y=_height(tick, ticks)) for tick in ticks],
        boxes=boxes,
        labels=labels,
    )


def _ticks(highest: int) -> range:
    """Return up to five round numbers that reach from 0 to `highest` or above."""
    step = 1
    while step * 4 < highest:
        # 1, 2, 5, 10, 20, 50, …
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return range(0, step * ceil(max(highest, 1) / step) + 1, step)


def _scale(ticks: range) -> Iterator[Label]:
    for tick in ticks:
        yield Label(x=LEFT - 7, y=_height(tick, ticks) + 5, text=str(tick), css="end quiet")


def _height(number: int, ticks: range) -> float:
    return FLOOR - (FLOOR - TOP) * number / ticks[-1]


def draw_grid(statistics: Statistics) -> Drawing:
    """Draw a box for each category and week; more decisions make it darker."""
    weeks = statistics.weeks[-WEEKS_DRAWN:]
    step = min((RIGHT - ROW_START) / len(weeks), 2.0 * MAX_BAR_WIDTH)
    most = max(statistics.by_week.values())
    every = ceil(LABEL_WIDTH / step)
    boxes, labels = [], []
    for row, category in enumerate(Category):
        labels.append(_row_name(row, str(category.label)))
        for column, week in enumerate(weeks):
            number = statistics.by_week.get((category, week), 0)
            x = ROW_START + column * step
            shade = ceil(4 * number / most)
            tip = f"{category.label}, week from {format_day(week)}: {number}"
            boxes.append(
                Box(
                    x=x + 1,
                    y=row * ROW_HEIGHT + 1,
                    width=step - 2,
                    height=ROW_HEIGHT - 2,
                    css=f"shade-{shade}",
                    tip=tip,
                )
            )
            if number:
                css = "middle on-dark" if shade > 2 else "middle"  # noqa: PLR2004
                labels.append(
                    Label(x=x + step / 2, y=row * ROW_HEIGHT + 22, text=str(number), css=css)
                )
    for column, week in enumerate(weeks):
        if column % every == 0:
            x = ROW_START + column * step
            labels.append(
                Label(
                    x=x + 1, y=len(Category) * ROW_HEIGHT + 20, text=format_day(week), css="quiet"
                )
            )
    return Drawing(height=len(Category) * ROW_HEIGHT + 30, boxes=boxes, labels=labels)


def draw_shares(statistics: Statistics) -> Drawing:
    """Draw a horizontal bar for each category: the share that is approved."""
    whole = RIGHT - ROW_START - 52
    boxes, labels = [], []
    for row, (category, each) in enumerate(statistics.decided.items()):
        y = row * ROW_HEIGHT + 5
        labels.append(_row_name(row, str(category.label)))
        labels.append(
            Label(x=RIGHT, y=row * ROW_HEIGHT + 22, text=format_share(each.share), css="end")
        )
        if each.share is None:
            continue
        part = whole * float(each.share)
        for x, width, css, text in (
            (ROW_START, part, "bar", f"{each.approved} approved"),
            (ROW_START + part, whole - part, "bar bar--off", f"{each.rejected} rejected"),
        ):
            if width:
                tip = f"{category.label}: {text}"
                boxes.append(Box(x=x, y=y, width=width, height=ROW_HEIGHT - 10, css=css, tip=tip))
    return Drawing(height=len(Category) * ROW_HEIGHT + 6, boxes=boxes, labels=labels)


def _row_name(row: int, name: str) -> Label:
    return Label(x=ROW_START - 10, y=row * ROW_HEIGHT + 22, text=name, css="end")


def format_day(day: date) -> str:
    return f"{day:%-d %b}"


def format_share(share: Fraction | None) -> str:
    return "–" if share is None else f"{float(share):.0%}"  # noqa: RUF001
