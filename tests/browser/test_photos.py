"""The photos page in a real browser: several at once, straight to the bucket."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_started
from django.test import Client
from playwright.sync_api import Locator, Page, Route, expect

from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from markets.operations import revise_market
from tests import factories, images
from tests.account import SessionAccount
from tests.browser import steps
from tests.browser.conftest import Browse

MB = 1_000_000
LINE_SPEED = 8 * MB  # bytes a second, up and down
PART_OF_THE_WAY = re.compile(r"^[1-9]\d? %$")
BUCKET = re.compile(rf"^{re.escape(settings.MEDIA_ORIGIN)}/[^/]*/?$")


@pytest.fixture
def draft(maria: Actor, city: City) -> Market:
    return factories.draft(maria, city, photos=())


@pytest.fixture(scope="module")
def large_photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Eight photos as cameras make them, of 8 MB each."""
    folder = tmp_path_factory.mktemp("camera")
    noise = images.noisy_jpeg((3300, 2500))
    assert 8 * MB < len(noise) < 15 * MB
    photos = []
    for number in range(8):
        photo = folder / f"IMG_{number}.JPG"
        # Another picture each time, for its first rows are others.
        photo.write_bytes(images.stamped(noise, number))
        photos.append(photo)
    return photos


def path(market: Market) -> str:
    return f"/markets/{market.market_id}/photos/"


def rows(page: Page) -> Locator:
    return page.locator(".photo-row")


def expect_rows(page: Page, count: int) -> None:
    """Wait for so many photos: each is sent, verified and encoded three times."""
    expect(rows(page)).to_have_count(count, timeout=90_000)


def uploads(page: Page) -> Locator:
    return page.locator("[data-uploads] > li")


def status_line(page: Page) -> Locator:
    return page.locator("[data-said]")


def choose(page: Page, *files: Any) -> None:
    page.locator("#id_upload").set_input_files(list(files))


def description(page: Page, number: int) -> Locator:
    return rows(page).nth(number - 1).get_by_label("What the photo shows")


def throttle(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 40,
            "downloadThroughput": LINE_SPEED,
            "uploadThroughput": LINE_SPEED,
        },
    )


@contextmanager
def sizes_of_requests() -> Iterator[list[int]]:
    """Note how many bytes each request brings to the site."""
    sizes: list[int] = []

    def note(environ: dict[str, str], **_: object) -> None:
        sizes.append(int(environ.get("CONTENT_LENGTH") or 0))

    request_started.connect(note)
    yield sizes
    request_started.disconnect(note)


@pytest.fixture
def peak() -> Generator[None]:
    """Assert that this process, in which the site runs, takes less than 400 MB more memory."""
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmHWM")
    yield
    assert resident("VmHWM") - before < 400 * 1024


def resident(what: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1])  # type: ignore[index]


@pytest.mark.usefixtures("peak")
def test_eight_large_photos_upload_on_slow_connection(
    browse: Browse,
    merchant: Client,
    draft: Market,
    large_photos: list[Path],
    account: SessionAccount,
) -> None:
    page = browse(merchant)
    page.goto(path(draft))
    broken: list[str] = []

    def break_one(route: Route) -> None:
        if not broken and b"IMG_3.JPG" in (route.request.post_data_buffer or b"")[:4000]:
            broken.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(BUCKET, break_one)
    throttle(page)
    with sizes_of_requests() as sizes:
        choose(page, *large_photos)
        expect(uploads(page)).to_have_count(8)
        expect(page.get_by_role("progressbar")).to_have_count(8)
        expect(page.get_by_role("progressbar", name="Upload of IMG_7.JPG")).to_be_visible()
        expect(page.get_by_text(PART_OF_THE_WAY).first).to_be_visible()
        failed = page.locator("[data-state=failed]")
        expect(failed).to_have_count(1, timeout=60_000)
        expect(failed).to_contain_text("IMG_3.JPG")
        expect(failed).to_contain_text("The connection broke off.")
        expect_rows(page, 7)
        expect(status_line(page)).to_contain_text("1 did not come through")
        failed.get_by_role("button", name="Try again").click()
        expect_rows(page, 8)
        expect(uploads(page)).to_have_count(0)
    assert broken
    # None of the 64 MB passed through the site.
    assert len(sizes) > 16
    assert max(sizes) < 20_000
    saved = steps.now(draft).photos
    assert len({photo.key for photo in saved}) == 8
    assert all(photo.widths == [480, 960, 1920] for photo in saved)
    steps.expect_clean_photo(rows(page).first.get_by_role("img"))
    left = account.operator.s3.list_objects_v2(
        Bucket=account.bucket, Prefix=f"incoming/{draft.user_id}/"
    )
    assert left["KeyCount"] == 0


def test_file_chosen_before_script_loads_is_uploaded(
    browse: Browse, merchant: Client, draft: Market
) -> None:
    page = browse(merchant)
    scripts = steps.hold_back(page, r"/js/photos/page[^/]*\.js$")
    page.goto(path(draft), wait_until="commit")
    choose(page, steps.photo_file())
    steps.wait_until(page, lambda: bool(scripts))
    scripts[0].continue_()
    expect_rows(page, 1)
    expect(uploads(page)).to_have_count(0)
    assert len(steps.now(draft).photos) == 1


def test_refused_files_show_reasons_and_others_are_saved(
    browse: Browse, merchant: Client, draft: Market
) -> None:
    page = browse(merchant)
    page.goto(path(draft))
    files = {
        "dance.gif.jpg": (images.gif_with_script(), "image/jpeg", "This is a GIF"),
        "stall.png": (images.svg(), "image/png", "This is an SVG drawing"),
        "huge.png": (images.png_bomb((30_000, 30_000)), "image/png", "900 megapixels"),
        "length.jpg": (images.jpeg_with_wrong_length(), "image/jpeg", "This JPEG file is damaged"),
        "bomb.png": (images.png_with_text_bomb(), "image/png", "hides far more data"),
        "IMG_1.HEIC": (images.heic(), "image/heic", "Most Compatible"),
        "empty.jpg": (b"", "image/jpeg", "This file is empty"),
    }
    good = steps.photo_file()
    choose(page, good, *(
        steps.photo_file(content, name=name, kind=kind)
        for name, (content, kind, _) in files.items()
    ))  # fmt: skip
    expect_rows(page, 1)
    for name, (_, _, why) in files.items():
        item = uploads(page).filter(has_text=name)
        expect(item).to_contain_text(why)
        expect(item.get_by_role("button", name="Try again")).to_be_hidden()
        item.get_by_role("button", name="Dismiss").click()
    expect(uploads(page)).to_have_count(0)
    assert len(steps.now(draft).photos) == 1


def test_photo_descriptions_are_saved_while_typing(
    browse: Browse, merchant: Client, draft: Market
) -> None:
    page = browse(merchant)
    page.goto(path(draft))
    choose(
        page, steps.photo_file(images.jpeg((640, 480))), steps.photo_file(images.jpeg((800, 480)))
    )
    expect_rows(page, 2)
    description(page, 1).fill("The stall at night")
    rows(page).nth(1).get_by_label("What it is for").select_option("The goods")
    expect(status_line(page)).to_contain_text("Saved at")
    page.reload()
    expect(description(page, 1)).to_have_value("The stall at night")
    assert [photo.role for photo in steps.now(draft).photos] == [None, "goods"]


@pytest.fixture
def three(browse: Browse, merchant: Client, maria: Actor, draft: Market) -> Page:
    """The page of a draft with three photos, A, B and C."""
    photos = tuple(factories.photo(draft.market_id, alt_text=name) for name in "ABC")
    market = revise_market(maria, draft.key, expected_version=1, details={"photos": photos})
    steps.store_photos(market)
    page = browse(merchant)
    page.goto(path(draft))
    return page


def order(market: Market) -> str:
    return "".join(photo.alt_text for photo in steps.now(market).photos)


def test_photos_are_reordered_by_keyboard(three: Page, draft: Market) -> None:
    three.get_by_role("button", name="Up photo 3").focus()
    three.keyboard.press("Enter")
    expect(description(three, 2)).to_have_value("C")
    expect(three.get_by_role("button", name="Up photo 2")).to_be_focused()
    three.keyboard.press("Enter")
    expect(status_line(three)).to_contain_text("Saved at")
    three.get_by_role("button", name="Remove photo 3").press("Enter")
    expect_rows(three, 2)
    expect(three.get_by_role("button", name="Remove photo 2")).to_be_focused()
    three.get_by_role("button", name="Save and go to the list").click()
    three.wait_for_url(re.compile(f"/markets/{draft.market_id}/$"))
    assert order(draft) == "CA"


def test_photos_are_reordered_by_dragging(three: Page, draft: Market) -> None:
    picture = rows(three).nth(2).locator(".photo-handle")
    picture.scroll_into_view_if_needed()
    picture.hover()
    three.mouse.down()
    for _ in range(40):
        box = rows(three).first.bounding_box()
        assert box
        three.mouse.move(box["x"] + 40, max(box["y"], 5) + 10, steps=4)
        if description(three, 1).input_value() == "C":
            break
        three.mouse.wheel(0, -200)
    three.mouse.up()
    expect(status_line(three)).to_contain_text("Saved at")
    assert order(draft) == "CAB"


def test_files_can_be_dropped_anywhere(browse: Browse, merchant: Client, draft: Market) -> None:
    page = browse(merchant)
    page.goto(path(draft))
    page.evaluate(
        """bytes => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(bytes)], "drop.jpg", {type: "image/jpeg"}));
            for (const kind of ["dragover", "drop"]) {
                document.querySelector("h1").dispatchEvent(new DragEvent(kind,
                    {dataTransfer: files, bubbles: true, cancelable: true}));
            }
        }""",
        list(images.jpeg()),
    )
    expect_rows(page, 1)


def test_upload_is_cancelled(
    browse: Browse,
    merchant: Client,
    draft: Market,
    large_photos: list[Path],
    account: SessionAccount,
) -> None:
    page = browse(merchant)
    page.goto(path(draft))
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {
        "offline": False,
        "latency": 0,
        "downloadThroughput": LINE_SPEED,
        "uploadThroughput": MB / 2,
    }
    session.send("Network.emulateNetworkConditions", slow)
    choose(page, large_photos[0])
    expect(page.get_by_text(PART_OF_THE_WAY)).to_be_visible()
    with page.expect_response(re.compile("discard/$")) as discarded:
        page.get_by_role("button", name="Cancel").click()
    assert discarded.value.status == 204
    expect(uploads(page)).to_have_count(0)
    assert steps.now(draft).photos == []


def test_session_end_loses_no_photos_or_text(three: Page, merchant: Client, draft: Market) -> None:
    signed_in = three.context.cookies()
    three.context.clear_cookies()
    description(three, 1).fill("Typed when signed out")
    expect(status_line(three)).to_contain_text("You are signed out. Sign in again in another tab")
    choose(three, steps.photo_file())
    expect(uploads(three)).to_contain_text("You are signed out.")
    assert order(draft) == "ABC"
    # In another tab, with another token against forgery.
    session_cookies = [
        cookie for cookie in signed_in if cookie["name"] != settings.CSRF_COOKIE_NAME
    ]
    three.context.add_cookies(session_cookies)  # type: ignore[arg-type]
    uploads(three).get_by_role("button", name="Try again").click()
    expect_rows(three, 4)
    description(three, 2).fill("Typed when signed in")
    expect(status_line(three)).to_contain_text("Saved at")
    assert order(draft) == "Typed when signed outTyped when signed inC"
    three.reload()
    expect(three.get_by_role("heading", name="This is not saved yet")).to_have_count(0)


def test_photos_above_limit_are_not_uploaded(three: Page, draft: Market) -> None:
    choose(
        three, *(steps.photo_file(images.jpeg((640, 480 + n)), name=f"{n}.jpg") for n in range(6))
    )
    expect_rows(three, 8)
    expect(uploads(three)).to_have_count(1)
    expect(uploads(three)).to_contain_text("You can show at most 8 photos.")
    assert len(steps.now(draft).photos) == 8


def test_concurrent_tabs_lose_no_photos(
    three: Page, browse: Browse, merchant: Client, draft: Market
) -> None:
    other = browse(merchant)
    other.goto(path(draft))
    choose(other, steps.photo_file())
    expect_rows(other, 4)
    description(three, 1).fill("A, entered in the first tab")
    expect(status_line(three)).to_contain_text("changed elsewhere")
    expect_rows(three, 4)
    expect(description(three, 1)).to_have_value("A, entered in the first tab")
    description(three, 4).fill("D")
    expect(status_line(three)).to_contain_text("Saved at")
    assert [photo.alt_text for photo in steps.now(draft).photos] == [
        "A, entered in the first tab", "B", "C", "D",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [390, 1280])
def test_photos_page_works_without_javascript(
    browse: Browse, merchant: Client, draft: Market, width: int
) -> None:
    page = browse(merchant, width=width, javascript=False)
    page.goto(path(draft))
    for number in (1, 2):
        choose(page, steps.photo_file(images.jpeg((640, 480 + number))))
        steps.press(page, "Add this photo")
        expect_rows(page, number)
        description(page, number).fill(f"Photo {number}")
    page.get_by_role("button", name="Up photo 2").click()
    expect(description(page, 1)).to_have_value("Photo 2")
    choose(page, steps.photo_file(images.svg(), name="stall.svg", kind="image/svg+xml"))
    steps.press(page, "Add this photo")
    expect(page.locator(".error-summary")).to_contain_text("SVG drawing")
    page.get_by_role("button", name="Remove photo 2").click()
    expect_rows(page, 1)
    steps.press(page, "Save and continue")
    assert [photo.alt_text for photo in steps.now(draft).photos] == ["Photo 2"]


def test_approved_photos_change_only_when_saved(
    browse: Browse, merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.approved(maria, city)
    page = browse(merchant)
    page.goto(path(market))
    expect(page.get_by_text("the city decides again")).to_be_visible()
    choose(page, steps.photo_file())
    expect_rows(page, 2)
    assert len(steps.now(market).photos) == 1
    page.once("dialog", lambda dialog: dialog.accept())
    steps.press(page, "Save and ask for a new decision")
    expect(page.locator(".error-summary")).to_contain_text("Say what the photo shows.")
    description(page, 2).fill("The goods")
    steps.press(page, "Save and ask for a new decision")
    expect(page.get_by_role("status").first).to_contain_text("are saved")
    assert [photo.alt_text for photo in steps.now(market).photos][1] == "The goods"
