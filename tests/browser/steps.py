"""What people do at the pages, step by step, and what they look at afterwards."""

import io
import urllib.request
from collections.abc import Mapping

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from garage.actors import Actor
from markets.models import Market
from markets.queries import get_market
from tests import images
from tests.account import Login

TEXTS: Mapping[str, str] = {
    "Name of the market": "Steaua de lemn",
    "Goods": "Carved stars\nLime wood spoons",
    "Average price": "12.50",
    "Frontage in metres": "3.5",
    "Power in kilowatts": "2",
    "Legal name": "Steaua de lemn SRL",
    "E-mail address": "steaua@example.com",
    "Telephone (optional)": "+40 268 413 000",
}
CHOICES: Mapping[str, str] = {"Category": "Crafts", "Language of our messages to you": "Română"}
ALT_TEXT = "Our house at night, candles in the window"


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def photo_file(
    content: bytes | None = None, *, name: str = "IMG_2041.JPG", kind: str = "image/jpeg"
) -> FilePayload:
    """Return a file to choose: a phone's JPEG, which tells where it was taken, unless given."""
    return {
        "name": name,
        "mimeType": kind,
        "buffer": images.phone_jpeg() if content is None else content,
    }


def add_photo(page: Page, file: FilePayload, *, number: int = 1, alt_text: str = ALT_TEXT) -> None:
    photo = page.get_by_role("group", name=f"Photo {number}")
    photo.get_by_label("Photo", exact=True).set_input_files(file)
    photo.get_by_label("What the photo shows").fill(alt_text)


def fill_in(page: Page, texts: Mapping[str, str] = TEXTS) -> None:
    """Answer everything but the photos."""
    for label, text in texts.items():
        field(page, label).fill(text)
    for label, choice in CHOICES.items():
        field(page, label).select_option(choice)


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def follow(page: Page, link: str) -> None:
    page.get_by_role("link", name=link, exact=True).click()


def expect_heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text, exact=True, level=1)).to_be_visible()


def answer_hosted_page(page: Page, person: Login) -> None:
    """Type e-mail address and password at Cognito's own page."""
    page.locator("input[name=username]").fill(person.email)
    page.locator("input[name=password]").fill(person.password)
    page.get_by_role("button", name="Sign in").click()


def sign_in_at_city_hall(page: Page, officer: Login) -> None:
    follow(page, "City hall sign-in")
    answer_hosted_page(page, officer)


def sign_out(page: Page) -> None:
    press(page, "Sign out")
    expect_heading(page, "You are signed out")


def review_path(market: Market) -> str:
    return f"/city-hall/{market.city}/markets/{market.user_id}/{market.market_id}/"


def now(market: Market) -> Market:
    """Return how a market stands now."""
    return get_market(Actor.operator("tests"), market.key)


def hang_photos(market: Market) -> None:
    """Store a picture for each photo that the market records."""
    for photo in market.photos:
        picture = images.encoded(images.picture((int(photo.width), int(photo.height))), "WebP")
        default_storage.save(photo.key, ContentFile(picture))


def fetch(url: str) -> bytes:
    """Fetch an address as a stranger does: without a cookie and without a signature."""
    with urllib.request.urlopen(url) as answer:  # noqa: S310 (an address in our own bucket)
        content: bytes = answer.read()
    return content


def expect_clean_photo(picture: Locator) -> None:
    """The photo is shown, is everybody's, and tells nothing but itself."""
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("picture => picture.naturalWidth") > 0
    url = picture.get_attribute("src")
    assert url is not None
    published = fetch(url)
    image = Image.open(io.BytesIO(published))
    assert image.format == "WEBP"
    assert dict(image.getexif()) == {}
    assert not {"exif", "xmp", "icc_profile"} & image.info.keys()
    assert b"Garage Test Camera" in images.phone_jpeg()
    assert b"Garage Test Camera" not in published
