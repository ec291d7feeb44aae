"""Steps of people on the pages, and checks of what the pages show."""

import io
import re
import time
import urllib.request
from collections.abc import Callable, Mapping

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from core.actors import Actor
from identity.sessions.models import Session
from markets.cities.models import City
from markets.models import Market
from markets.queries import get_market
from tests import images
from tests.account import Login

TEXTS: Mapping[str, str] = {
    "Name of the market": "Steaua de lemn",
    "Goods": "Carved stars\nLime wood spoons",
    "Average price": "12.50",
    "Frontage in metres (optional)": "3.5",
    "Power in kilowatts (optional)": "2",
    "Legal name": "Steaua de lemn SRL",
    "E-mail address": "steaua@example.com",
    "Telephone (optional)": "+40 268 413 000",
}
CHOICES: Mapping[str, str] = {"Category": "Crafts", "Language of our messages to you": "Română"}
PARTS: Mapping[str, tuple[str, ...]] = {
    "The market": ("Name of the market", "Category"),
    "Goods and price": ("Goods", "Average price"),
    "What the stall needs": ("Frontage in metres (optional)", "Power in kilowatts (optional)"),
    "Who you are": (
        "Legal name",
        "E-mail address",
        "Telephone (optional)",
        "Language of our messages to you",
    ),
}
"""The pages of an application, but for its photos, with what each asks."""

TIMEOUT = 30.0  # seconds

ALT_TEXT = "Our stall at night, candles in the window"


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def photo_file(
    content: bytes | None = None, *, name: str = "IMG_2041.JPG", kind: str = "image/jpeg"
) -> FilePayload:
    """Return a file to choose: by default a phone's JPEG with its location."""
    return {
        "name": name,
        "mimeType": kind,
        "buffer": images.phone_jpeg() if content is None else content,
    }


def begin(page: Page, city: City) -> None:
    """Begin an application; its list of parts follows."""
    page.goto(f"/markets/apply/{city.slug}/")
    press(page, "Begin the application")
    expect_heading(page, "Untitled application")


def go_to_list(page: Page) -> None:
    """Go from a part to the list of parts, by the link above it."""
    page.get_by_role("main").get_by_role("link").first.click()


def answer(page: Page, label: str, value: str | None = None) -> None:
    """Fill in one field of the page: with `value`, or with its text of TEXTS or CHOICES."""
    if label in CHOICES:
        field(page, label).select_option(value or CHOICES[label])
    else:
        field(page, label).fill(TEXTS[label] if value is None else value)


def fill_in(page: Page) -> None:
    """Answer everything but the photos, from the list of parts and back to it."""
    for title, labels in PARTS.items():
        follow(page, title)
        for label in labels:
            answer(page, label)
        press(page, "Save and go to the list")


def hold_back(page: Page, url: str) -> list[Route]:
    """Hold back the requests for what matches a pattern; the list grows as they arrive."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(url), hold)
    return held


def add_photo(
    page: Page, file: FilePayload, *, alt_text: str = ALT_TEXT, scripted: bool = True
) -> None:
    """Add a photo on the page of photos and describe it; the script, if any, sends it at once."""
    rows, chooser = page.locator(".photo-row"), page.locator("input[type=file]")
    # The page has arrived down to here, with the rows above it.
    expect(chooser).to_be_attached()
    there = rows.count()
    chooser.set_input_files(file)
    if not scripted:
        press(page, "Add this photo")
    expect(rows).to_have_count(there + 1)
    rows.last.get_by_label("What the photo shows").fill(alt_text)


def add_photo_from_list(page: Page) -> None:
    """Add a photo from the list of parts, and go back to it."""
    follow(page, "Photos")
    add_photo(page, photo_file())
    press(page, "Save and continue")
    expect_heading(page, "What the stall needs")
    go_to_list(page)


def submit(page: Page) -> None:
    """Check the answers, from the task list, and submit them."""
    follow(page, "Check your answers and submit")
    press(page, "Submit application")
    expect(page.get_by_role("status")).to_contain_text("is submitted")


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def follow(page: Page, link: str) -> None:
    page.get_by_role("link", name=link, exact=True).click()


def expect_heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text, exact=True, level=1)).to_be_visible()


def answer_hosted_page(page: Page, person: Login) -> None:
    """Enter e-mail address and password on Cognito's own page."""
    page.locator("input[name=username]").fill(person.email)
    page.locator("input[name=password]").fill(person.password)
    page.get_by_role("button", name="Sign in").click()


def sign_in_at_city_hall(page: Page, officer: Login) -> None:
    follow(page, "City hall sign-in")
    answer_hosted_page(page, officer)


def sign_out(page: Page) -> None:
    press(page, "Sign out")
    expect_heading(page, "You are signed out")


def end_sessions(sub: str) -> None:
    """End all sessions of a person from outside their browser."""
    for session in Session.person.query(sub):
        session.delete()


def review_url(market: Market) -> str:
    return f"/city-hall/{market.city}/markets/{market.user_id}/{market.market_id}/"


def now(market: Market) -> Market:
    """Return the current state of a market."""
    return get_market(Actor.operator("tests"), market.key)


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until `holds` returns true; the browser continues meanwhile."""
    deadline = time.monotonic() + TIMEOUT
    while not holds():
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


def store_photos(market: Market) -> None:
    """Store a picture for each photo that the market records."""
    for photo in market.photos:
        picture = images.encoded(images.picture((int(photo.width), int(photo.height))), "WebP")
        default_storage.save(photo.key, ContentFile(picture))


def fetch(url: str) -> bytes:
    """Fetch an address without a cookie and without a signature."""
    with urllib.request.urlopen(url) as answer:  # noqa: S310 (an address in our own bucket)
        content: bytes = answer.read()
    return content


def expect_clean_photo(picture: Locator) -> None:
    """Assert that the photo is shown, is public and has no metadata."""
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
