"""Colours that several drawings share."""

from demo.illustrations.canvas import Colour

CREAM: Colour = (250, 240, 220)
WOOD: Colour = (186, 126, 70)
GOLD: Colour = (240, 190, 80)
GREEN: Colour = (46, 110, 70)
DOUGH: Colour = (196, 124, 58)
