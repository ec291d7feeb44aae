"""Drawings of goods; each stands on (0, 0) and is about 100 high."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from demo.illustrations.canvas import darker, lighter
from demo.illustrations.colours import CREAM, GOLD, WOOD
from demo.illustrations.food import (
    candy_cane,
    cheese,
    chestnuts,
    gingerbread_heart,
    gingerbread_man,
    pretzel,
    sausage_roll,
    toffee_apple,
)
from demo.illustrations.outlines import heart_points, star_points

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from demo.illustrations.canvas import Canvas, Colour

    type Draw = Callable[[Canvas, Colour], None]


def bauble(on: Canvas, colour: Colour) -> None:
    on.disc(0, -42, 40, darker(colour, 0.25))
    on.disc(-3, -45, 36, colour)
    on.line([(-36, -46), (-18, -36), (0, -46), (18, -36), (34, -46)], 5, lighter(colour, 0.65))
    on.oval(-14, -62, 10, 7, lighter(colour, 0.75))
    on.rounded(-9, -94, 9, -80, 3, GOLD)
    on.ring(0, -99, 7, 2.5, GOLD)


def star(on: Canvas, colour: Colour) -> None:
    on.box(-4, -20, 4, 0, darker(WOOD, 0.3))
    on.shape(star_points(0, -54, 48), darker(WOOD, 0.2))
    on.shape(star_points(-2, -56, 44), lighter(WOOD, 0.25))
    on.shape(star_points(-2, -56, 22), colour)


def candle(on: Canvas, colour: Colour) -> None:
    on.rounded(-30, -10, 30, 0, 4, darker(WOOD, 0.2))
    on.rounded(-17, -66, 17, -8, 4, colour)
    on.box(-17, -60, -6, -10, lighter(colour, 0.3))
    on.line([(0, -66), (0, -74)], 3, (60, 40, 30))
    on.shape([(0, -100), (8, -82), (0, -72), (-8, -82)], (255, 222, 130))
    on.halo(0, -84, 26, (120, 70, 20))


def angel(on: Canvas, colour: Colour) -> None:
    for side in (-1, 1):
        on.oval(side * 24, -56, 20, 24, GOLD)
    on.shape([(0, -72), (34, 0), (-34, 0)], colour)
    on.shape([(0, -72), (10, 0), (-14, 0)], lighter(colour, 0.35))
    on.disc(0, -80, 15, (240, 204, 170))
    on.ring(0, -98, 12, 3, GOLD)


def nutcracker(on: Canvas, colour: Colour) -> None:
    on.box(-20, -26, -3, 0, (40, 44, 70))
    on.box(3, -26, 20, 0, (40, 44, 70))
    on.rounded(-24, -62, 24, -22, 6, colour)
    on.line([(0, -60), (0, -24)], 4, GOLD)
    on.box(-16, -86, 16, -60, (240, 204, 170))
    on.box(-12, -70, 12, -60, CREAM)
    on.rounded(-20, -108, 20, -84, 4, darker(colour, 0.45))
    on.box(-20, -92, 20, -86, GOLD)


def mug(on: Canvas, colour: Colour) -> None:
    on.ring(34, -36, 20, 8, darker(colour, 0.2))
    on.rounded(-32, -70, 32, 0, 9, colour)
    on.box(-32, -70, -16, -12, lighter(colour, 0.25))
    on.oval(0, -70, 32, 8, lighter(colour, 0.5))
    on.oval(0, -69, 26, 5, (96, 22, 40))
    on.shape(heart_points(2, -36, 26), CREAM)


def steaming_mug(on: Canvas, colour: Colour) -> None:
    mug(on, colour)
    for x in (-14, 10):
        wave = [(x + 6 * math.sin(step / 2), -80 - 5 * step) for step in range(9)]
        on.line(wave, 3, (214, 204, 200))


def kettle(on: Canvas, colour: Colour) -> None:
    copper = (204, 116, 62)
    on.ring(0, -74, 30, 7, darker(copper, 0.5))
    on.shape([(34, -40), (62, -72), (70, -66), (40, -14)], darker(copper, 0.15))
    on.oval(0, -36, 46, 38, copper)
    on.oval(-14, -48, 16, 14, lighter(copper, 0.4))
    on.box(-30, -6, 30, 0, darker(copper, 0.4))
    on.oval(0, -72, 22, 6, darker(copper, 0.3))
    on.disc(0, -80, 6, colour)


def bottle(on: Canvas, colour: Colour) -> None:
    glass = darker(colour, 0.35)
    on.rounded(-10, -112, 10, -60, 4, glass)
    on.rounded(-22, -76, 22, 0, 9, glass)
    on.box(-22, -54, 22, -20, CREAM)
    on.shape(star_points(0, -37, 13), colour)
    on.box(-11, -116, 11, -104, GOLD)


def oranges(on: Canvas, colour: Colour) -> None:
    del colour  # oranges are orange
    for x, y in ((-30, -24), (30, -24), (0, -24), (-15, -62), (15, -62)):
        on.disc(x, y, 24, (222, 120, 30))
        on.disc(x - 5, y - 6, 15, (244, 156, 54))


def knitted_hat(on: Canvas, colour: Colour) -> None:
    on.slice(0, -22, 46, (180, 360), colour)
    for x in (-26, 0, 26):
        on.shape([(x - 9, -30), (x, -48), (x + 9, -30)], CREAM)
    on.rounded(-50, -28, 50, 0, 12, lighter(colour, 0.45))
    on.disc(0, -72, 17, CREAM)


def mittens(on: Canvas, colour: Colour) -> None:
    for side in (-1, 1):
        on.oval(side * 40, -38, 13, 17, darker(colour, 0.2))
        on.rounded(side * 24 - 19, -88, side * 24 + 19, -14, 18, colour)
        on.rounded(side * 24 - 21, -20, side * 24 + 21, 0, 6, CREAM)
        on.shape(star_points(side * 24, -54, 14, 6), CREAM)


def jar(on: Canvas, colour: Colour) -> None:
    on.rounded(-32, -76, 32, 0, 12, lighter(colour, 0.35))
    on.rounded(-27, -66, 27, -5, 9, colour)
    on.rounded(-20, -50, 20, -22, 4, CREAM)
    on.shape(heart_points(0, -36, 18), colour)
    on.rounded(-29, -92, 29, -74, 6, darker(WOOD, 0.1))


def basket(on: Canvas, colour: Colour) -> None:
    on.ring(0, -50, 42, 7, darker(WOOD, 0.25))
    for x in (-28, 0, 28):
        on.disc(x, -54, 19, colour if x else lighter(colour, 0.35))
    on.shape([(-50, -50), (50, -50), (40, 0), (-40, 0)], WOOD)
    for y in (-38, -24, -10):
        on.line([(-46, y), (46, y)], 3, darker(WOOD, 0.35))


def lantern(on: Canvas, colour: Colour) -> None:
    on.ring(0, -98, 10, 4, (60, 56, 60))
    on.shape([(0, -96), (30, -74), (-30, -74)], colour)
    on.rounded(-26, -76, 26, 0, 4, darker(colour, 0.3))
    on.box(-19, -68, 19, -10, (255, 206, 110))
    on.box(-2, -68, 2, -10, darker(colour, 0.3))
    on.halo(0, -40, 30, (120, 72, 20))


def rocking_horse(on: Canvas, colour: Colour) -> None:
    coat = lighter(WOOD, 0.3)
    on.line([(-50, -12), (-28, -2), (28, -2), (50, -12)], 8, colour)
    for x in (-22, 22):
        on.line([(x * 0.8, -40), (x * 1.2, -6)], 10, darker(coat, 0.15))
    on.oval(0, -46, 36, 19, coat)
    on.shape([(18, -50), (34, -96), (50, -88), (40, -44)], coat)
    on.oval(48, -86, 19, 10, coat)
    on.shape([(30, -104), (38, -92), (28, -88)], coat)
    on.line([(14, -56), (22, -78), (30, -96)], 9, darker(coat, 0.55))
    on.line([(-34, -52), (-50, -30)], 9, darker(coat, 0.55))
    on.rounded(-16, -70, 14, -52, 7, colour)
    on.disc(46, -90, 3, (30, 20, 20))


def balloons(on: Canvas, colour: Colour) -> None:
    for x, y, paint in ((-26, -84, colour), (24, -90, GOLD), (0, -116, lighter(colour, 0.4))):
        on.line([(x, y), (0, 0)], 2, CREAM)
        on.oval(x, y, 21, 26, paint)
        on.oval(x - 7, y - 9, 5, 8, lighter(paint, 0.6))


def toy_train(on: Canvas, colour: Colour) -> None:
    on.rounded(-56, -34, 30, -12, 5, colour)
    on.box(-56, -72, -20, -30, darker(colour, 0.2))
    on.box(-48, -64, -28, -46, (255, 222, 150))
    on.box(-62, -80, -14, -70, GOLD)
    on.rounded(-22, -54, 44, -18, 12, lighter(colour, 0.2))
    on.shape([(18, -54), (14, -86), (38, -86), (34, -54)], (54, 54, 66))
    for x in (-40, -6, 28):
        on.disc(x, -13, 14, (54, 54, 66))
        on.disc(x, -13, 6, GOLD)


def gift(on: Canvas, colour: Colour) -> None:
    on.box(-40, -56, 40, 0, colour)
    on.box(-40, -56, -20, 0, lighter(colour, 0.18))
    on.box(-45, -70, 45, -54, darker(colour, 0.15))
    on.box(-8, -70, 8, 0, GOLD)
    for side in (-1, 1):
        on.ring(side * 16, -82, 14, 7, GOLD)


def heart(on: Canvas, colour: Colour) -> None:
    on.rounded(-26, -10, 26, 0, 4, darker(WOOD, 0.2))
    on.box(-4, -30, 4, -6, WOOD)
    on.shape(heart_points(0, -58, 84), darker(colour, 0.2))
    on.shape(heart_points(-2, -60, 74), colour)
    on.oval(-18, -72, 9, 6, lighter(colour, 0.6))


def donation_tin(on: Canvas, colour: Colour) -> None:
    on.rounded(-30, -80, 30, 0, 6, colour)
    on.oval(0, -80, 30, 9, lighter(colour, 0.5))
    on.box(-14, -83, 14, -78, (40, 30, 40))
    on.rounded(-23, -60, 23, -16, 5, CREAM)
    on.shape(heart_points(0, -38, 30), (206, 40, 60))


GOODS: Mapping[str, Sequence[Draw]] = {
    "crafts": (bauble, star, nutcracker, angel, candle),
    "everyday_goods": (knitted_hat, lantern, mittens, jar, basket),
    "sweets": (gingerbread_heart, candy_cane, toffee_apple, gingerbread_man, jar),
    "snacks": (pretzel, sausage_roll, chestnuts, cheese, basket),
    "hot_drinks": (steaming_mug, kettle, oranges, bottle, mug),
    "rides": (rocking_horse, balloons, toy_train, star, gift),
    "charity": (gift, heart, donation_tin, candle, knitted_hat),
}
"""Category → its goods; the stall's sign shows the first."""
