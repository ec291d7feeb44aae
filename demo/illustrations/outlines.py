"""Outlines that no canvas has ready: stars, hearts and smooth curves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.illustrations.canvas import Point


def star_points(x: float, y: float, radius: float, tips: int = 5) -> list[Point]:
    points = []
    for step in range(2 * tips):
        reach = radius if step % 2 == 0 else radius * 0.45
        turn = math.pi * step / tips - math.pi / 2
        points.append((x + reach * math.cos(turn), y + reach * math.sin(turn)))
    return points


def heart_points(x: float, y: float, size: float) -> list[Point]:
    points = []
    for step in range(40):
        turn = 2 * math.pi * step / 40
        across = 16 * math.sin(turn) ** 3
        down = 13 * math.cos(turn) - 5 * math.cos(2 * turn) - 2 * math.cos(3 * turn)
        down -= math.cos(4 * turn)
        points.append((x + across * size / 32, y - down * size / 32))
    return points


def curve(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """Return a smooth path through the points (Catmull and Rom's)."""
    path = []
    padded = [points[0], *points, points[-1]]
    for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            weights = (
                (-t + 2 * t**2 - t**3) / 2,
                (2 - 5 * t**2 + 3 * t**3) / 2,
                (t + 4 * t**2 - 3 * t**3) / 2,
                (t**3 - t**2) / 2,
            )
            four = (before, start, end, after)
            x = sum(weight * point[0] for weight, point in zip(weights, four, strict=True))
            y = sum(weight * point[1] for weight, point in zip(weights, four, strict=True))
            path.append((x, y))
    return [*path, points[-1]]
