"""The sample data's photos: drawings of wooden stalls on a winter evening.

Drawn, so that no real stall is shown as an invented merchant's, and the repository
needs no image files. The same name always gives the same drawings.
"""

from __future__ import annotations

import random
from enum import IntEnum
from typing import TYPE_CHECKING

from demo.illustrations.canvas import HEIGHT, WIDTH, Canvas, darker, lighter, mixed
from demo.illustrations.colours import GOLD, GREEN
from demo.illustrations.goods import GOODS
from demo.illustrations.stalls import (
    LIGHTS,
    PAINTS,
    SNOW,
    WALLS,
    WARM,
    StallStyle,
    draw_stall,
    garland,
    string,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.illustrations.canvas import Colour

SKIES: Sequence[Sequence[Colour]] = (
    ((14, 18, 52), (48, 44, 104), (150, 92, 130), (236, 158, 120)),
    ((8, 20, 48), (20, 58, 100), (78, 126, 156), (226, 186, 150)),
    ((16, 12, 42), (54, 30, 86), (128, 66, 120), (214, 122, 120)),
    ((6, 14, 36), (16, 36, 76), (40, 72, 118), (112, 128, 160)),
    ((10, 26, 44), (24, 66, 84), (88, 134, 128), (232, 196, 140)),
)


class Variant(IntEnum):
    FRONT = 0
    NIGHT = 1
    GOODS = 2


def draw_photo(name: str, category: str, *, variant: int) -> bytes:
    """Return a photo-like JPEG, 1200 by 900, of a stall or of its goods.

    `variant` is a Variant; an unknown one or an unknown category is a ValueError.
    """
    view = Variant(variant)
    if category not in GOODS:
        raise ValueError(f"no goods are drawn for the category {category!r}")
    chance = random.Random(f"{name}/{category}")  # noqa: S311 (drawings, not secrets)
    paint, second = chance.sample(PAINTS, 2)
    wall = chance.choice(WALLS)
    style = StallStyle(
        wall=wall,
        paint=paint,
        second=second,
        roof=darker(mixed(wall, (70, 50, 50), 0.5), 0.35),
        ridge=chance.choice((190.0, 230.0, 270.0)),
        colourful=chance.random() < 0.4,  # noqa: PLR2004
        striped=chance.random() < 0.75,  # noqa: PLR2004
        category=category,
    )
    sky = chance.choice(SKIES)
    on = Canvas()
    if view == Variant.FRONT:
        _front(on, style, sky, chance)
    elif view == Variant.NIGHT:
        _night(on, style, sky, chance)
    else:
        _goods(on, style, chance)
    return on.jpeg()


def _front(on: Canvas, style: StallStyle, sky: Sequence[Colour], chance: random.Random) -> None:
    _sky(on, sky, 640, chance, stars=70)
    _town(on, mixed(sky[1], sky[3], 0.25), 610, chance)
    _ground(on, 600, sky)
    string(on, (0, 34), (WIDTH, 34), 44, style, chance)
    for x, scale in ((110, 1.0), (1100, 1.15), (20, 0.7), (1190, 0.75)):
        with on.placed(x + chance.uniform(-40, 40), 700, scale * chance.uniform(0.85, 1.2)):
            _fir(on, chance)
    middle, side = chance.uniform(540, 660), chance.choice((-1, 1))
    _spill(on, middle, 800, 540, mixed(SNOW, sky[1], 0.32))
    on.halo(middle, 640, 250, (110, 62, 22))
    with on.placed(middle, 790, chance.uniform(0.9, 1.04)):
        draw_stall(on, style, chance)
    with on.placed(600 + side * 490, 806, chance.uniform(0.9, 1.2)):
        chance.choice((_snowman, _lamp))(on, chance)
    for place in chance.sample((-400, -300, 290, 390), chance.choice((1, 2, 2, 3))):
        with on.placed(middle + place * 0.9, chance.uniform(846, 880), chance.uniform(0.75, 1.05)):
            _visitor(on, chance)
    _snowfall(on, 170, chance)


def _night(on: Canvas, style: StallStyle, sky: Sequence[Colour], chance: random.Random) -> None:
    night = [darker(colour, 0.45) for colour in sky]
    _sky(on, night, 620, chance, stars=190)
    side = chance.choice((-1, 1))
    _moon(on, 600 - side * chance.uniform(260, 480))
    _town(on, mixed(night[0], night[2], 0.3), 590, chance)
    _ground(on, 570, night)
    with on.placed(600 + side * 330, 660, 2.1):
        _fir(on, chance, lights=34, bulb=2.2)
    for x in (150, 1050):
        other = StallStyle(
            wall=chance.choice(WALLS),
            paint=chance.choice(PAINTS),
            second=chance.choice(PAINTS),
            roof=(44, 34, 44),
            ridge=210.0,
            colourful=not style.colourful,
            striped=chance.random() < 0.5,  # noqa: PLR2004
            category=chance.choice(sorted(GOODS)),
        )
        with on.placed(x, 690, 0.42):
            draw_stall(on, other, chance)
    middle = 600 - side * 60
    _spill(on, middle, 812, 380, mixed(SNOW, night[1], 0.35))
    on.halo(middle, 700, 200, (110, 62, 22))
    with on.placed(middle, 806, 0.66):
        draw_stall(on, style, chance)
    for x in chance.sample((110, 220, 310, 880, 970, 1090), 4):
        with on.placed(x, chance.uniform(780, 870), chance.uniform(0.45, 0.62)):
            _visitor(on, chance)
    for start, end in (((0, 190), (600, 120)), ((600, 120), (WIDTH, 200))):
        string(on, start, end, 70, style, chance)
    _snowfall(on, 260, chance)


def _goods(on: Canvas, style: StallStyle, chance: random.Random) -> None:
    on.fade(0, HEIGHT, [(40, 22, 30), (92, 48, 36), (60, 30, 28)])
    for _ in range(46):
        x, y = chance.uniform(0, WIDTH), chance.uniform(0, 520)
        light = chance.choice(LIGHTS if style.colourful else (LIGHTS[0], LIGHTS[-1]))
        on.disc(x, y, chance.uniform(16, 44), mixed((80, 42, 34), light, chance.uniform(0.2, 0.8)))
    on.blur(9)
    first, *rest = GOODS[style.category]
    chance.shuffle(rest)
    for x, thing in zip((150, 380, 820, 1050), rest, strict=True):
        with on.placed(x + chance.uniform(-14, 14), 456, 1.75):
            thing(on, chance.choice(PAINTS))
    back = mixed(style.wall, (36, 18, 22), 0.62)
    on.box(0, 456, WIDTH, 730, back)
    for y in range(486, 730, 54):
        on.line([(0, y), (WIDTH, y)], 4, darker(back, 0.4))
    on.box(0, 454, WIDTH, 486, darker(style.wall, 0.2))
    on.box(0, 454, WIDTH, 461, lighter(style.wall, 0.3))
    on.fade(690, HEIGHT, [lighter(style.wall, 0.3), style.wall, darker(style.wall, 0.45)])
    for y in (752, 826):
        on.line([(0, y), (WIDTH, y)], 4, darker(style.wall, 0.4))
    for x, scale, thing in ((220, 2.4, rest[2]), (980, 2.4, rest[0]), (600, 3.4, first)):
        y = 850 if thing is first else 806
        on.oval(x, y, 44 * scale, 18, darker(style.wall, 0.5))
        with on.placed(x, y, scale):
            thing(on, style.paint if thing is first else style.second)
    garland(on, [(x, 16 + 26 * (1 - (x % 400 - 200) ** 2 / 40000)) for x in range(-20, 1230, 18)])
    string(on, (0, 40), (WIDTH, 40), 60, style, chance)
    on.halo(600, 380, 260, (64, 34, 10))


def _sky(
    on: Canvas, colours: Sequence[Colour], bottom: float, chance: random.Random, *, stars: int
) -> None:
    on.fade(0, bottom, colours)
    for _ in range(stars):
        x, y = chance.uniform(0, WIDTH), chance.uniform(0, 380)
        on.disc(x, y, chance.choice((0.9, 1.2, 1.2, 2.0)), lighter(colours[1], 0.8 - y / 700))


def _town(on: Canvas, colour: Colour, ground: float, chance: random.Random) -> None:
    """Draw the old town behind the market: gables, lit windows, a church."""
    church = chance.choice((210, 990)) + chance.uniform(-60, 60)
    tower = lighter(colour, 0.1)
    on.box(church - 34, ground - 300, church + 34, ground, tower)
    on.shape([(church - 44, ground - 296), (church, ground - 450), (church + 44, ground - 296)],
             darker(colour, 0.25))  # fmt: skip
    on.disc(church, ground - 262, 15, (250, 226, 170))
    x = -40.0
    while x < WIDTH:
        width, height = chance.uniform(80, 140), chance.uniform(110, 210)
        shade = darker(colour, chance.uniform(0, 0.3))
        on.box(x, ground - height, x + width, ground, shade)
        top = ground - height - chance.uniform(40, 90)
        roof = [(x - 6, ground - height), (x + width / 2, top), (x + width + 6, ground - height)]
        on.shape(roof, darker(shade, 0.25))
        on.line(roof, 7, mixed(shade, SNOW, 0.55))
        for column in range(int(width // 34)):
            for row in range(int(height // 52)):
                if chance.random() < 0.6:  # noqa: PLR2004
                    left, up = x + 14 + column * 34, ground - height + 16 + row * 50
                    on.box(left, up, left + 15, up + 24, mixed(shade, WARM, chance.uniform(0.5, 1)))
        x += width + chance.uniform(-4, 10)


def _ground(on: Canvas, top: float, sky: Sequence[Colour]) -> None:
    far, near = mixed(SNOW, sky[2], 0.5), mixed(SNOW, sky[1], 0.2)
    on.fade(top, HEIGHT, [far, near, mixed(near, sky[1], 0.3)])
    on.oval(250, top + 20, 520, 36, far)
    on.oval(980, top + 26, 480, 40, mixed(far, near, 0.3))


def _fir(on: Canvas, chance: random.Random, *, lights: int = 12, bulb: float = 3.6) -> None:
    """Draw a fir tree with snow, 260 high, standing at (0, 0)."""
    on.box(-9, -30, 9, 0, (66, 44, 36))
    for tier in range(4):
        low, reach = -24 - tier * 52, 92 - tier * 20
        edge = [(-reach, low), (-reach * 0.5, low + 9), (0, low + 2), (reach * 0.5, low + 9)]
        on.shape([*edge, (reach, low), (0, low - 92)], darker(GREEN, 0.42 - tier * 0.06))
        on.shape([(-reach * 0.62, low - 34), (0, low - 92), (reach * 0.4, low - 54),
                  (reach * 0.1, low - 44), (-reach * 0.2, low - 56)], SNOW)  # fmt: skip
    for _ in range(lights):
        y = chance.uniform(-220, -24)
        half = (260 + y) * 0.3
        on.bulb(chance.uniform(-half, half), y, bulb, chance.choice(LIGHTS))
    on.bulb(0, -272, 2 * bulb, GOLD)


def _spill(on: Canvas, x: float, y: float, reach: float, snow: Colour) -> None:
    """Draw the light of a stall on the snow in front of it."""
    for step in range(14):
        share = 1 - step / 14
        light = mixed(snow, (250, 214, 160), (step + 1) / 16)
        on.oval(x, y, reach * (0.6 + 0.4 * share), 84 * (0.3 + 0.7 * share), light)


def _moon(on: Canvas, x: float) -> None:
    on.halo(x, 110, 70, (56, 56, 66))
    on.disc(x, 110, 42, (246, 240, 216))
    for left, down, size in ((-14, -10, 9), (12, 4, 12), (-8, 18, 6), (16, -20, 5)):
        on.disc(x + left, 110 + down, size, (228, 220, 196))


def _visitor(on: Canvas, chance: random.Random) -> None:
    """Draw a visitor, 230 high, standing at (0, 0), from behind."""
    coat, scarf = chance.sample(PAINTS, 2)
    coat = darker(coat, 0.35)
    on.oval(0, -2, 52, 9, (150, 152, 184))
    for x in (-15, 15):
        on.rounded(x - 12, -50, x + 12, 0, 6, (36, 32, 44))
    on.rounded(-44, -164, 44, -34, 34, coat)
    on.rounded(-52, -150, -30, -70, 11, darker(coat, 0.15))
    on.rounded(30, -150, 52, -70, 11, darker(coat, 0.15))
    on.disc(0, -188, 30, (92, 62, 48))
    on.slice(0, -194, 34, (180, 360), scarf)
    on.rounded(-36, -204, 36, -190, 7, lighter(scarf, 0.5))
    on.disc(0, -232, 11, lighter(scarf, 0.5))
    on.rounded(-34, -170, 34, -150, 10, scarf)
    on.rounded(12, -160, 30, -104, 6, scarf)


def _snowman(on: Canvas, chance: random.Random) -> None:
    scarf = chance.choice(PAINTS)
    for y, radius in ((-44, 50), (-112, 36), (-164, 26)):
        on.disc(0, y, radius, (196, 206, 230))
        on.disc(-4, y - 4, radius - 5, (238, 243, 252))
    on.rounded(-28, -146, 28, -132, 7, scarf)
    on.rounded(8, -140, 22, -98, 6, scarf)
    on.shape([(0, -166), (30, -160), (0, -156)], (236, 128, 44))
    for x, y in ((-9, -172), (9, -172), (0, -116), (0, -98)):
        on.disc(x, y, 3.5, (30, 28, 36))
    on.box(-32, -190, 32, -184, (40, 36, 48))
    on.box(-20, -226, 20, -188, (40, 36, 48))
    on.box(-20, -198, 20, -190, scarf)


def _lamp(on: Canvas, chance: random.Random) -> None:
    iron = darker((52, 56, 72), chance.uniform(0, 0.3))
    on.box(-6, -330, 6, 0, iron)
    on.rounded(-18, -26, 18, 0, 6, iron)
    on.shape([(-26, -384), (26, -384), (16, -330), (-16, -330)], (255, 220, 140))
    on.line([(0, -384), (0, -330)], 3, iron)
    on.shape([(-32, -384), (32, -384), (0, -416)], iron)
    on.line([(-28, -388), (0, -414), (28, -388)], 7, SNOW)
    on.halo(0, -356, 64, (120, 80, 30))


def _snowfall(on: Canvas, flakes: int, chance: random.Random) -> None:
    for _ in range(flakes):
        size = chance.choice((1.4, 1.8, 2.4, 3.4))
        on.disc(chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT), size, (236, 240, 250))
