"""A canvas for the drawn photos: smooth shapes in the units of the picture, light on top."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH, HEIGHT = 1200, 900
FINE = 2  # drawn so many times larger, for smooth edges
COARSE = 4  # light is blurred anyway: drawn so many times smaller

type Colour = tuple[int, int, int]
type Point = tuple[float, float]


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return `one` with a share (0 to 1) of the other colour."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def darker(colour: Colour, share: float) -> Colour:
    return mixed(colour, (8, 8, 20), share)


def lighter(colour: Colour, share: float) -> Colour:
    return mixed(colour, (255, 250, 240), share)


class Canvas:
    """A picture in the making; all measures are pixels of the finished one."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE))
        self._draw = ImageDraw.Draw(self._image)
        coarse = WIDTH // COARSE, HEIGHT // COARSE
        self._halo, self._sparkle = Image.new("RGB", coarse), Image.new("RGB", coarse)
        self._left, self._top, self._scale = 0.0, 0.0, 1.0

    @contextmanager
    def placed(self, left: float, top: float, scale: float) -> Iterator[None]:
        """Draw what follows smaller or larger, from another origin."""
        before = self._left, self._top, self._scale
        self._left += left * self._scale
        self._top += top * self._scale
        self._scale *= scale
        yield
        self._left, self._top, self._scale = before

    def _at(self, points: Sequence[Point], fine: float = FINE) -> list[Point]:
        scale = self._scale * fine
        left, top = self._left * fine, self._top * fine
        return [(left + x * scale, top + y * scale) for x, y in points]

    def shape(self, points: Sequence[Point], fill: Colour) -> None:
        self._draw.polygon(self._at(points), fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        self._draw.rectangle(self._at([(left, top), (right, bottom)]), fill)

    def rounded(
        self, left: float, top: float, right: float, bottom: float, radius: float, fill: Colour
    ) -> None:
        corners = self._at([(left, top), (right, bottom)])
        self._draw.rounded_rectangle(corners, radius * self._scale * FINE, fill)

    def oval(self, x: float, y: float, across: float, down: float, fill: Colour) -> None:
        """Draw an ellipse around its middle, by its two radii."""
        corners = self._at([(x - across, y - down), (x + across, y + down)])
        self._draw.ellipse(corners, fill)

    def disc(self, x: float, y: float, radius: float, fill: Colour) -> None:
        self.oval(x, y, radius, radius, fill)

    def ring(self, x: float, y: float, radius: float, width: float, fill: Colour) -> None:
        corners = self._at([(x - radius, y - radius), (x + radius, y + radius)])
        self._draw.ellipse(corners, outline=fill, width=self._stroke(width))

    def slice(self, x: float, y: float, radius: float, turns: Point, fill: Colour) -> None:
        """Draw a piece of a disc between two angles in degrees, clockwise from the right."""
        corners = self._at([(x - radius, y - radius), (x + radius, y + radius)])
        self._draw.pieslice(corners, *turns, fill=fill)

    def line(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        self._draw.line(self._at(points), fill, self._stroke(width), joint="curve")

    def _stroke(self, width: float) -> int:
        return max(1, round(width * self._scale * FINE))

    def fade(self, top: float, bottom: float, colours: Sequence[Colour]) -> None:
        """Fill the whole width between two heights, from colour to colour."""
        self._fade([(0, top), (WIDTH, bottom)], colours)

    def _fade(self, corners: Sequence[Point], colours: Sequence[Colour]) -> None:
        (left, top), (right, bottom) = self._at(corners)
        strip = Image.new("RGB", (1, len(colours)))
        strip.putdata(colours)
        size = max(1, round(right - left)), max(1, round(bottom - top))
        column = strip.resize((1, size[1]), Image.Resampling.BILINEAR)
        self._image.paste(column.resize(size), (round(left), round(top)))

    def lit_box(self, left: float, top: float, right: float, bottom: float, light: Colour) -> None:
        """Fill a box as a lamp above it lights it."""
        dim = darker(light, 0.55)
        self._fade([(left, top), (right, bottom)], [lighter(light, 0.35), light, dim])

    def halo(self, x: float, y: float, radius: float, light: Colour) -> None:
        """Let a large soft light shine."""
        self._shine(self._halo, x, y, radius, light)

    def bulb(self, x: float, y: float, radius: float, light: Colour) -> None:
        """Draw a small lamp, with its glow."""
        self.disc(x, y, radius, lighter(light, 0.6))
        self._shine(self._sparkle, x, y, radius * 3, light)

    def _shine(self, layer: Image.Image, x: float, y: float, radius: float, light: Colour) -> None:
        corners = self._at([(x - radius, y - radius), (x + radius, y + radius)], 1 / COARSE)
        ImageDraw.Draw(layer).ellipse(corners, light)

    def blur(self, radius: float) -> None:
        """Put all that was drawn so far out of focus."""
        small = self._image.reduce(2 * FINE)
        soft = small.filter(ImageFilter.GaussianBlur(radius / 2))
        self._image.paste(soft.resize(self._image.size, Image.Resampling.BICUBIC))

    def jpeg(self) -> bytes:
        picture = self._image.reduce(FINE)
        halo = self._halo.filter(ImageFilter.GaussianBlur(18))
        sparkle = self._sparkle.filter(ImageFilter.GaussianBlur(2.5))
        light = ImageChops.screen(halo, sparkle).resize(picture.size, Image.Resampling.BICUBIC)
        stream = io.BytesIO()
        ImageChops.screen(picture, light).save(stream, "JPEG", quality=86)
        return stream.getvalue()
