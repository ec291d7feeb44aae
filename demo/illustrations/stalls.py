"""Drawings of stalls: the style of each, and the stall itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.illustrations.canvas import darker, lighter, mixed
from demo.illustrations.colours import GOLD, GREEN
from demo.illustrations.goods import GOODS

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from demo.illustrations.canvas import Canvas, Colour, Point

WALLS: Sequence[Colour] = (
    (168, 106, 58),
    (134, 78, 46),
    (190, 132, 78),
    (122, 46, 40),
    (52, 88, 78),
    (58, 80, 118),
    (104, 66, 50),
)
PAINTS: Sequence[Colour] = (
    (190, 36, 48),
    (30, 108, 76),
    (38, 78, 142),
    (204, 112, 36),
    (128, 44, 96),
    (24, 118, 128),
)
LIGHTS: Sequence[Colour] = (
    (255, 190, 90),
    (255, 120, 90),
    (130, 220, 150),
    (120, 180, 255),
    (255, 220, 150),
)
WARM: Colour = (255, 186, 92)
SNOW: Colour = (222, 230, 246)


@dataclass(frozen=True, kw_only=True)
class StallStyle:
    """The look of one stall, the same in all its photos."""

    wall: Colour
    paint: Colour
    second: Colour
    roof: Colour
    ridge: float  # height of the roof, in the stall's own units
    colourful: bool  # its fairy lights
    striped: bool  # its awning
    category: str


def draw_stall(on: Canvas, style: StallStyle, chance: random.Random) -> None:
    """Draw a stall of about 720 by 640; the middle of its lower edge is at (0, 0)."""
    left, right, eaves = -330.0, 330.0, -400.0
    if style.category == "rides":
        _carousel(on, style, chance)
        return
    on.box(left, eaves, right, 0, style.wall)
    for row in range(10):
        y = eaves + 40 * row
        plank = lighter(style.wall, chance.uniform(0, 0.1))
        on.box(left, y, right, y + 36, plank)
        on.box(left, y + 36, right, y + 40, darker(style.wall, 0.4))
    _gable(on, style, left, right, eaves)
    # The opening, lit from inside, with a shelf and the counter.
    on.box(-268, -366, 268, -120, darker(style.wall, 0.5))
    on.lit_box(-256, -356, 256, -126, WARM)
    on.halo(0, -236, 190, (96, 54, 14))
    things = GOODS[style.category]
    on.box(-256, -262, 256, -254, darker(style.wall, 0.25))
    for x in range(-208, 260, 104):
        with on.placed(x, -262, 0.5):
            chance.choice(things)(on, chance.choice(PAINTS))
    _seller(on, style, chance)
    for place, x in enumerate((-215, -130, 120, 205)):
        with on.placed(x, -126, 0.82):
            things[(place + 1) % len(things)](on, chance.choice(PAINTS))
    on.rounded(-292, -128, 292, -104, 5, lighter(style.wall, 0.3))
    on.box(-292, -108, 292, -102, darker(style.wall, 0.45))
    garland(on, [(x, -92 + 24 * (1 - (x % 110 - 55) ** 2 / 3025)) for x in range(-275, 276, 11)])
    for x in range(-275, 276, 55):
        on.bulb(x, -88 if x % 110 else -76, 4, _light(style, chance))
    _awning(on, style)
    for post in (left, right):
        on.box(post - 9, eaves, post + 9, 0, darker(style.wall, 0.3))
    on.oval(0, 4, 372, 16, SNOW)


def _gable(on: Canvas, style: StallStyle, left: float, right: float, eaves: float) -> None:
    peak = eaves - style.ridge
    on.shape([(left, eaves), (right, eaves), (0, peak)], darker(style.wall, 0.12))
    for step in range(1, int(style.ridge // 34)):
        half = right * (1 - step * 34 / style.ridge)
        on.line([(-half, eaves - step * 34), (half, eaves - step * 34)], 3, darker(style.wall, 0.4))
    slope: list[Point] = [(left - 56, eaves + 34), (0, peak - 10), (right + 56, eaves + 34)]
    on.line(slope, 34, style.roof)
    snowy = [(x, y - 22) for x, y in slope]
    on.line(snowy, 24, SNOW)
    for x, y in snowy:
        on.disc(x, y, 12, SNOW)
    on.line([(x, y - 9) for x, y in snowy], 8, (246, 250, 255))
    for share in range(1, 12):
        along = abs(share / 6 - 1)
        y = peak + 12 + along * (eaves + 44 - peak)
        on.bulb(
            (share / 6 - 1) * (right + 52), y, 4.5, LIGHTS[share % 5] if style.colourful else WARM
        )
    # The sign shows what is sold, without text.
    middle = eaves - style.ridge * 0.36
    on.disc(0, middle, 68, darker(style.roof, 0.2))
    on.disc(0, middle, 62, (246, 232, 202))
    on.ring(0, middle, 62, 5, style.paint)
    with on.placed(0, middle + 42, 0.82):
        GOODS[style.category][0](on, style.paint)


def _awning(on: Canvas, style: StallStyle) -> None:
    stripes, width = 12, 50
    for stripe in range(stripes):
        x = -300 + stripe * width
        plain = (248, 240, 224) if style.striped else lighter(style.paint, 0.08)
        colour = style.paint if stripe % 2 == 0 else plain
        x_top = -280 + stripe * 560 / stripes
        on.shape(
            [(x_top, -398), (x_top + 560 / stripes, -398), (x + width, -330), (x, -330)], colour
        )
        on.slice(x + width / 2, -331, width / 2, (0, 180), darker(colour, 0.12))
    on.rounded(-292, -408, 292, -392, 8, SNOW)


def _seller(on: Canvas, style: StallStyle, chance: random.Random) -> None:
    skin = chance.choice(((240, 200, 168), (206, 152, 112), (150, 100, 70), (248, 214, 188)))
    coat = style.second
    on.rounded(-52, -200, 52, -100, 30, coat)
    on.rounded(-30, -188, 30, -100, 6, (246, 238, 224))
    on.rounded(-32, -212, 32, -188, 10, style.paint)
    on.disc(0, -236, 32, skin)
    on.slice(0, -244, 36, (180, 360), style.paint)
    on.rounded(-38, -254, 38, -240, 6, lighter(style.paint, 0.6))
    on.disc(0, -284, 10, lighter(style.paint, 0.6))
    for x in (-11, 11):
        on.disc(x, -234, 3.4, (40, 28, 28))
        on.oval(x * 1.7, -224, 6, 4, mixed(skin, (230, 90, 80), 0.45))
    on.line([(-9, -220), (0, -216), (9, -220)], 3, (120, 50, 46))


def _carousel(on: Canvas, style: StallStyle, chance: random.Random) -> None:
    """Draw a carousel, the stall of a ride."""
    on.oval(0, -20, 350, 40, darker(style.wall, 0.4))
    on.oval(0, -44, 350, 40, lighter(style.wall, 0.2))
    on.lit_box(-120, -400, 120, -52, mixed(WARM, style.second, 0.25))
    on.halo(0, -220, 230, (100, 56, 16))
    for x in range(-90, 91, 60):
        on.rounded(x - 20, -350, x + 20, -110, 20, lighter(style.second, 0.3))
    for x, lift in ((-270, 0), (-150, 46), (0, 10), (150, 52), (270, 4)):
        on.box(x - 5, -410, x + 5, -40, GOLD)
        with on.placed(x, -66 - lift, 1.25):
            GOODS["rides"][0](on, chance.choice(PAINTS))
    panels = 14
    for panel in range(panels):
        start, end = -370 + panel * 740 / panels, -370 + (panel + 1) * 740 / panels
        colour = style.paint if panel % 2 == 0 else (250, 240, 222)
        on.shape([(0, -430 - style.ridge), (start, -430), (end, -430)], colour)
        on.box(start, -432, end, -394, darker(colour, 0.1))
        on.slice((start + end) / 2, -395, (end - start) / 2, (0, 180), darker(colour, 0.2))
        on.bulb(start, -412, 5, _light(style, chance))
    cap = [(0.0, -20.0, 1.0), (-120, -4, 0.66), (-50, -26, 0.7), (10, 0, 0.6), (70, -20, 0.72)]
    on.shape([(x, -420 + y - style.ridge * share) for x, y, share in cap], SNOW)
    on.bulb(0, -446 - style.ridge, 12, GOLD)
    for step in range(9):
        on.bulb(-320 + step * 80, -30 + 14 * (1 - (step - 4) ** 2 / 16), 5, _light(style, chance))


def garland(on: Canvas, points: Sequence[Point]) -> None:
    for step, (x, y) in enumerate(points):
        on.disc(x, y, 11, darker(GREEN, 0.35 if step % 2 else 0.15))


def string(
    on: Canvas, start: Point, end: Point, sag: float, style: StallStyle, chance: random.Random
) -> None:
    """Draw a string of lights between two points."""
    path = []
    for step in range(17):
        share = step / 16
        x = start[0] + (end[0] - start[0]) * share
        y = start[1] + (end[1] - start[1]) * share + sag * 4 * share * (1 - share)
        path.append((x, y))
    on.line(path, 2.5, (26, 22, 34))
    for x, y in path:
        on.bulb(x, y + 6, 6.5, _light(style, chance))


def _light(style: StallStyle, chance: random.Random) -> Colour:
    return chance.choice(LIGHTS) if style.colourful else WARM
