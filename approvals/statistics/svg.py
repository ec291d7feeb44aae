"""Drawings of figures: where each bar and each word stands.

A drawing is rectangles, lines and words on a sheet of WIDTH units; a template
makes it SVG. Colours are the style sheet's, so that it follows light and dark.
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
LEFT, RIGHT = 34, 474  # between which bars stand
TOP, FLOOR = 26, 200
NAMES = 148  # where rows begin, right of their names
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


def draw_bars(bars: Sequence[tuple[str, int, str]]) -> Drawing | None:
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


def draw_grid(figures: Statistics) -> Drawing:
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
            tip = f"{category.label}, week from {short_date(week)}: {number}"
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
            words.append(
                Word(x=x + 1, y=len(Category) * ROW + 20, text=short_date(week), css="quiet")
            )
    return Drawing(height=len(Category) * ROW + 30, boxes=boxes, words=words)


def draw_shares(figures: Statistics) -> Drawing:
    """Draw a lying bar for each category: what part of the decided is approved."""
    whole = RIGHT - NAMES - 52
    boxes, words = [], []
    for row, (category, each) in enumerate(figures.decided.items()):
        y = row * ROW + 5
        words.append(_row_name(row, str(category.label)))
        words.append(Word(x=RIGHT, y=row * ROW + 22, text=percent(each.share), css="end"))
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


def short_date(day: date) -> str:
    return f"{day:%-d %b}"


def percent(share: Fraction | None) -> str:
    return "–" if share is None else f"{float(share):.0%}"  # noqa: RUF001
