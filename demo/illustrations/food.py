"""Drawings of sweets and snacks; each stands on (0, 0) and is about 100 high."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from demo.illustrations.canvas import darker, lighter
from demo.illustrations.colours import CREAM, DOUGH, WOOD
from demo.illustrations.outlines import curve, heart_points

if TYPE_CHECKING:
    from demo.illustrations.canvas import Canvas, Colour, Point


def gingerbread_heart(on: Canvas, colour: Colour) -> None:
    on.shape(heart_points(0, -48, 108), darker(DOUGH, 0.45))
    on.shape(heart_points(0, -50, 98), darker(DOUGH, 0.2))
    edge = heart_points(0, -50, 82)
    for point in edge[::2]:
        on.disc(*point, 4.5, CREAM)
    on.shape(heart_points(0, -48, 36), colour)


def candy_cane(on: Canvas, colour: Colour) -> None:
    path: list[Point] = [(-18, -y) for y in range(0, 76, 4)]
    path += [
        (8 - 26 * math.cos(math.radians(turn)), -76 - 26 * math.sin(math.radians(turn)))
        for turn in range(0, 190, 12)
    ]
    for step, point in enumerate(path):
        on.disc(*point, 9, CREAM if step % 4 < 2 else colour)  # noqa: PLR2004 (two and two)


def toffee_apple(on: Canvas, colour: Colour) -> None:
    del colour  # they are always red
    on.line([(0, -60), (0, -108)], 6, lighter(WOOD, 0.4))
    on.disc(0, -38, 38, (150, 16, 28))
    on.disc(-4, -42, 32, (204, 30, 40))
    on.oval(-14, -56, 10, 7, (255, 190, 180))


def gingerbread_man(on: Canvas, colour: Colour) -> None:
    on.line([(-34, -62), (34, -62)], 20, DOUGH)
    on.line([(0, -40), (-22, -8)], 22, DOUGH)
    on.line([(0, -40), (22, -8)], 22, DOUGH)
    for x in (-34, 34):
        on.disc(x, -62, 10, DOUGH)
    on.oval(0, -50, 22, 26, DOUGH)
    on.disc(0, -88, 23, DOUGH)
    for x in (-8, 8):
        on.disc(x, -92, 3.5, CREAM)
    on.line([(-9, -82), (0, -78), (9, -82)], 3, CREAM)
    for y in (-62, -48, -36):
        on.disc(0, y, 4.5, colour)


def pretzel(on: Canvas, colour: Colour) -> None:
    del colour
    # Half of the rope, from the middle of the belly over a lobe to the other side's end.
    half: list[Point] = [(0, -10), (32, -16), (52, -46), (46, -78), (22, -88), (4, -66), (-28, -20)]
    for side in (-1, 1):
        rope = curve([(side * x, y) for x, y in half])
        for radius, shade in ((11, darker(DOUGH, 0.35)), (8.5, DOUGH)):
            for x, y in rope:
                on.disc(x, y, radius, shade)
        on.line([(x - 2, y - 3) for x, y in rope[12:40]], 3, lighter(DOUGH, 0.35))
    for x, y in ((-50, -50), (-36, -86), (-16, -84), (20, -88), (46, -72), (0, -10), (-34, -18)):
        on.disc(x, y, 3, CREAM)


def sausage_roll(on: Canvas, colour: Colour) -> None:
    on.rounded(-56, -30, 56, 0, 15, DOUGH)
    on.rounded(-66, -48, 66, -20, 14, (150, 62, 34))
    on.rounded(-60, -46, 60, -36, 5, (190, 92, 54))
    wave = [(x, -42 + 6 * math.sin(x / 7)) for x in range(-52, 53, 4)]
    on.line(wave, 5, (240, 196, 60))
    on.rounded(-56, -18, 56, 0, 9, lighter(DOUGH, 0.3))
    on.box(-20, -12, 20, 0, colour)


def chestnuts(on: Canvas, colour: Colour) -> None:
    for x, y in ((-24, -74), (0, -80), (24, -74), (-12, -90), (12, -90)):
        on.disc(x, y, 15, (92, 44, 22))
        on.oval(x - 3, y - 5, 6, 4, (170, 104, 60))
    on.shape([(-38, -72), (38, -72), (0, 6)], CREAM)
    on.shape([(-14, -72), (10, -72), (0, 6), (-2, 0)], colour)


def cheese(on: Canvas, colour: Colour) -> None:
    on.rounded(-56, -44, 56, 0, 8, (226, 164, 50))
    on.oval(0, -44, 56, 17, (250, 208, 96))
    on.shape([(0, -44), (44, -36), (44, 0), (0, -10)], (255, 226, 140))
    for x, y, size in ((14, -24, 5), (30, -16, 6), (24, -30, 3), (-30, -22, 7)):
        on.disc(x, y, size, (226, 174, 70))
    on.shape([(-40, -50), (-40, -84), (-12, -74), (-37, -66)], colour)
