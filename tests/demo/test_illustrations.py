import io
import time

import pytest
from PIL import Image, ImageChops, ImageStat

from demo.illustrations.canvas import HEIGHT, WIDTH
from demo.illustrations.photos import Variant, draw_photo
from markets.images.processing import publishable
from markets.models import Category


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize("category", Category)
def test_every_category_has_every_variant(category: Category, variant: Variant) -> None:
    drawing = draw_photo("Steaua de lemn", category, variant=variant)

    picture = Image.open(io.BytesIO(drawing))
    assert (picture.format, picture.size) == ("JPEG", (WIDTH, HEIGHT))
    assert min(ImageStat.Stat(picture).stddev) > 25  # a scene, not a plain area
    widest = publishable(drawing)[-1]
    assert (widest.width, widest.height) == (WIDTH, HEIGHT)


def test_same_name_gives_same_drawing() -> None:
    assert draw_photo("Lebkuchen", "sweets", variant=0) == draw_photo(
        "Lebkuchen", "sweets", variant=0
    )


def test_other_name_category_or_variant_gives_other_drawing() -> None:
    def drawn(name: str, category: str, variant: int) -> Image.Image:
        return Image.open(io.BytesIO(draw_photo(name, category, variant=variant)))

    one = drawn("Lebkuchen", "sweets", 0)
    for other in (
        drawn("Kerzen", "sweets", 0),
        drawn("Lebkuchen", "snacks", 0),
        drawn("Lebkuchen", "sweets", 1),
    ):
        assert sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) > 10


def test_photo_is_drawn_within_time_limit() -> None:
    began = time.process_time()
    for count in range(6):
        draw_photo(f"Stall {count}", "crafts", variant=count % 3)
    assert (time.process_time() - began) / 6 < 0.4  # 0.1 s on an idle machine


def test_unknown_category_or_variant_is_refused() -> None:
    with pytest.raises(ValueError, match="fireworks"):
        draw_photo("Bang", "fireworks", variant=0)
    with pytest.raises(ValueError, match="7"):
        draw_photo("Lebkuchen", "sweets", variant=7)
