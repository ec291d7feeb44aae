"""Photos on their way from a browser straight to the bucket."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.signals import request_started
from django.test import Client
from playwright.sync_api import Page, Route, expect

from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from tests import factories, images
from tests.account import SessionAccount
from tests.browser import steps
from tests.browser.conftest import Browse
from tests.browser.photos_page import (
    choose,
    expect_rows,
    path,
    rows,
    status_line,
    uploads,
)

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
