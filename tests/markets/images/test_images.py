import hashlib
import io
import random
import struct
import subprocess
import sys
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from PIL import Image

from core.environment import ROOT
from core.errors import Unavailable
from markets.images.processing import MAX_PIXELS, MAX_SIDE, publishable
from markets.images.storage import (
    MAX_FORM_BYTES,
    PhotoRefused,
    discard_photos,
    store_photo,
)
from tests import images
from tests.account import SessionAccount
from tests.core.test_storage import request_anonymously

MEMORY = 400 * 1024  # kB
RED, LIME, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)


def published(sent: bytes) -> Image.Image:
    widest = publishable(sent)[-1]
    picture = Image.open(io.BytesIO(widest.webp))
    assert (picture.format, picture.mode) == ("WEBP", "RGB")
    assert picture.size == (widest.width, widest.height)
    return picture


def corners(picture: Image.Image) -> list[tuple[int, ...]]:
    """Return the colours of the corners: left and right above, left and right below."""
    right, below = picture.width - 20, picture.height - 20
    places = ((20, 20), (right, 20), (20, below), (right, below))
    return [picture.getpixel(place) for place in places]  # type: ignore[misc]


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(one, other, strict=True))


def assert_corners(picture: Image.Image, *colours: tuple[int, int, int]) -> None:
    found = corners(picture)
    assert all(map(near, found, colours)), found


# Accepted photos


@pytest.mark.parametrize(
    "sent",
    [
        images.jpeg(),
        images.jpeg(progressive=True),
        images.jpeg(mode="CMYK"),
        images.png(),
        images.png(mode="P"),
        images.encoded(images.picture(), "WEBP", lossless=True),
        images.encoded(images.picture(), "WEBP"),
        images.encoded(images.picture(), "AVIF", quality=90),
    ],
    ids=["JPEG", "progressive", "CMYK", "PNG", "palette", "WebP lossless", "WebP", "AVIF"],
)
def test_photo_keeps_colours(sent: bytes) -> None:
    assert_corners(published(sent), RED, LIME, BLUE, BLACK)


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_photo_stays_grey(mode: str) -> None:
    picture = published(images.png(mode=mode))
    for red, green, blue in corners(picture):
        assert max(red, green, blue) - min(red, green, blue) < 8


def test_sixteen_bit_grey_is_reduced_to_eight() -> None:
    row = struct.pack("<512H", *(128 * x for x in range(512)))
    ramp = Image.frombytes("I;16", (512, 256), 256 * row)
    picture = published(images.encoded(ramp, "PNG"))
    for x in (10, 128, 256, 384, 500):
        assert picture.convert("L").getpixel((x, 100)) == pytest.approx(x / 2, abs=4)


def test_transparency_becomes_white() -> None:
    picture = images.picture(mode="RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 320, 480))
    assert_corners(published(images.encoded(picture, "PNG")), *[(255, 255, 255), LIME] * 1,
                   (255, 255, 255), BLACK)  # fmt: skip


@pytest.mark.parametrize(
    ("orientation", "colours"),
    [
        (1, (RED, LIME, BLUE, BLACK)),
        (2, (LIME, RED, BLACK, BLUE)),
        (3, (BLACK, BLUE, LIME, RED)),
        (4, (BLUE, BLACK, RED, LIME)),
        (5, (RED, BLUE, LIME, BLACK)),
        (6, (BLUE, RED, BLACK, LIME)),
        (7, (BLACK, LIME, BLUE, RED)),
        (8, (LIME, BLACK, RED, BLUE)),
    ],
)
def test_exif_orientation_is_applied(
    orientation: int, colours: tuple[tuple[int, int, int], ...]
) -> None:
    picture = published(images.phone_jpeg(orientation=orientation))
    assert picture.size == ((640, 480) if orientation < 5 else (480, 640))
    assert_corners(picture, *colours)


def test_metadata_is_removed() -> None:
    sent = images.phone_jpeg()
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)  # the place was there

    for rendition in publishable(sent):
        picture = Image.open(io.BytesIO(rendition.webp))
        assert not picture.getexif()
        assert not {"exif", "xmp", "icc_profile"} & picture.info.keys()
        assert b"Garage Test Camera" not in rendition.webp


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow says so, and goes on
def test_photo_with_malformed_exif_is_accepted() -> None:
    assert published(images.jpeg(exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")).size == (640, 480)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_embedded_colour_profile_is_applied(kind: str) -> None:
    sent = images.encoded(images.picture(), kind, icc_profile=images.wide_gamut_profile())
    assert_corners(published(sent), LIME, RED, BLUE, BLACK)


@pytest.mark.parametrize("profile", [b"nonsense", images.wide_gamut_profile()[:200]])
def test_broken_colour_profile_is_ignored(profile: bytes) -> None:
    assert_corners(published(images.jpeg(icc_profile=profile)), RED, LIME, BLUE, BLACK)


def test_colour_profile_of_grey_photo_is_ignored() -> None:
    picture = published(images.jpeg(mode="L", icc_profile=images.wide_gamut_profile()))
    assert near(corners(picture)[0], (76, 76, 76))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1920, 1440), (1920, 1440)),
        ((1921, 1440), (1920, 1439)),
        ((3000, 4500), (1280, 1920)),
        ((9001, 300), (1920, 64)),
    ],
)
def test_large_photo_is_scaled_down(size: tuple[int, int], expected: tuple[int, int]) -> None:
    for sent in (images.jpeg(size), images.png(size)):
        picture = published(sent)
        assert picture.size == expected
        assert max(picture.size) <= MAX_SIDE
        assert_corners(picture, RED, LIME, BLUE, BLACK)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), [(480, 360), (960, 720), (1920, 1440)]),
        ((1200, 900), [(480, 360), (960, 720), (1200, 900)]),
        ((3000, 4500), [(480, 720), (960, 1440), (1280, 1920)]),
        ((960, 720), [(480, 360), (960, 720)]),
        ((300, 200), [(300, 200)]),
    ],
)
def test_photo_is_rendered_in_up_to_three_widths(
    size: tuple[int, int], expected: list[tuple[int, int]]
) -> None:
    renditions = publishable(images.jpeg(size))
    assert [(each.width, each.height) for each in renditions] == expected
    for each in renditions:
        picture = Image.open(io.BytesIO(each.webp))
        assert picture.size == (each.width, each.height)
        assert_corners(picture, RED, LIME, BLUE, BLACK)


def test_data_appended_to_photo_is_removed() -> None:
    for rendition in publishable(images.jpeg() + b"PK\3\4<script>alert(1)</script>" * 50):
        assert b"PK\3\4" not in rendition.webp
        assert b"script" not in rendition.webp


# Refused files


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (images.windows_program, "This is a program, not a photo, whatever its name says."),
        (images.svg, "SVG drawing"),
        (lambda: b"\xef\xbb\xbf \n<svg/>", "SVG drawing"),
        (images.heic, "Settings → Camera → Formats → Most Compatible"),
        (images.film, "film"),
        (images.gif_with_script, "GIF"),
        (lambda: b"%PDF-1.7\n", "PDF"),
        (lambda: b"hello", "not a photo"),
        (lambda: images.encoded(images.picture(), "TIFF"), "not a photo"),
        (lambda: images.animation("PNG"), "animated"),
        (lambda: images.animation("WEBP"), "animated"),
        (lambda: images.animation("AVIF"), "animated"),
        (images.png_bomb, "has 40.1 megapixels; a photo may have at most 40."),
        (lambda: images.png_bomb((2**31 - 1, 2**31 - 1)), "4,61"),
        (images.webp_bomb, "has 268.5 megapixels; a WebP photo may have at most 16."),
        (lambda: images.jpeg((4100, 4100), "CMYK"), "a CMYK photo may have at most 16."),
        (lambda: images.jpeg((199, 640)), "has only 199 by 640 pixels"),
        (lambda: images.jpeg()[:3000], "JPEG file is damaged or incomplete"),
        (lambda: images.png()[:-300], "PNG file is damaged or incomplete"),
        (lambda: images.encoded(images.picture(), "WEBP")[:-50], "WebP file is damaged"),
        (lambda: images.encoded(images.picture(), "AVIF")[:-50], "AVIF file is damaged"),
        (images.png_with_text_bomb, "PNG file hides far more data in its notes"),
        (lambda: images.png_with_text_bomb(copies=500, inflated=1_000_000), "PNG file hides"),
        (images.jpeg_with_wrong_length, "JPEG file is damaged or incomplete"),
        (lambda: images.png_bomb((30_000, 30_000)), "900 megapixels"),
        (images.jpeg_of_many_scans, "JPEG file is damaged"),
    ],
    ids=[
        *("program", "SVG", "SVG after BOM", "HEIC", "film", "GIF", "PDF", "text", "TIFF"),
        *("APNG", "WebP animation", "AVIF animation", "PNG bomb", "largest PNG", "WebP bomb"),
        *("CMYK", "thumbnail", "cut JPEG", "cut PNG", "cut WebP", "cut AVIF", "text bomb"),
        *("many notes", "wrong length", "thirty thousand", "scans"),
    ],
)
def test_invalid_file_is_refused_with_message(make: Callable[[], bytes], message: str) -> None:
    with pytest.raises(PhotoRefused) as refusal:
        publishable(make())
    assert message in str(refusal.value)
    assert refusal.value.status == 422


def test_forty_megapixels_are_accepted() -> None:
    with pytest.raises(PhotoRefused, match="damaged"):  # the claim is allowed, the pixels lack
        publishable(images.png_bomb((8000, MAX_PIXELS // 8000)))


def test_png_with_wrong_chunk_length_is_read_or_refused() -> None:
    assert published(images.png_with_wrong_length()).size == (640, 480)
    valid = images.png()
    with pytest.raises(PhotoRefused, match="damaged"):
        publishable(valid[:8] + b"\xff\xff\xff\xff" + valid[12:])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_corrupted_photo_is_read_or_refused(kind: str) -> None:
    rng = random.Random(kind)  # noqa: S311 (damage, not secrets)
    valid = images.encoded(images.picture((240, 210)), kind, icc_profile=b"profile" * 20)
    for _ in range(60):
        broken = bytearray(valid)
        for _ in range(rng.randint(1, 8)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        for sent in (bytes(broken), valid[: rng.randrange(len(valid))]):
            try:
                published(sent)
            except PhotoRefused as refusal:
                assert str(refusal).endswith(".")  # noqa: PT017 (refusing is optional here)


@pytest.mark.parametrize(
    "make",
    [
        lambda: images.png_bomb((8000, 5000), pixels=True),
        lambda: images.encoded(images.picture((8000, 5000), "RGBA"), "PNG", compress_level=1),
        lambda: images.jpeg((8000, 5000), progressive=True, subsampling=0, quality=60),
        lambda: images.jpeg((4000, 4000), "CMYK", progressive=True, quality=60),
        lambda: images.encoded(images.picture((4000, 4000), "RGBA"), "WEBP", method=0),
        lambda: images.encoded(images.picture((4000, 4000)), "AVIF", speed=10),
        lambda: images.png_with_text_bomb(copies=500, inflated=1_000_000),
        lambda: images.png_with_text_bomb(inflated=900_000_000),
    ],
    ids=["PNG", "alpha PNG", "progressive", "CMYK", "WebP", "AVIF", "notes", "one huge note"],
)
def test_largest_photos_stay_within_memory_limit(make: Callable[[], bytes]) -> None:
    measured = (
        "import contextlib, resource, sys\n"
        "from markets.images.processing import PhotoRefused, publishable\n"
        "with contextlib.suppress(PhotoRefused):\n"
        "    publishable(sys.stdin.buffer.read())\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    # A process begins with the peak of the one that started it: put a small one between.
    between = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=1)"
    ran = subprocess.run(  # noqa: S603 (this file names the program)
        [sys.executable, "-c", between, measured],
        input=make(),
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    assert int(ran.stdout) > 20 * 1024
    assert int(ran.stdout) < MEMORY


# Receiving, storing, discarding


def test_empty_file_is_refused() -> None:
    with pytest.raises(PhotoRefused, match=r"This file is empty"):
        store_photo(SimpleUploadedFile("photo.jpg", b""), market_id=str(uuid4()))


def test_too_large_file_is_refused_with_its_size() -> None:
    upload = SimpleUploadedFile("photo.jpg", images.jpeg() + bytes(MAX_FORM_BYTES))
    with pytest.raises(PhotoRefused, match=r"has 4\.1 MB; a photo may have at most 4 MB"):
        store_photo(upload, market_id=str(uuid4()))


def test_understated_file_size_is_detected() -> None:
    upload = SimpleUploadedFile("photo.jpg", images.jpeg() + bytes(MAX_FORM_BYTES))
    upload.size = 10
    with pytest.raises(PhotoRefused, match="at most 4 MB"):
        store_photo(upload, market_id=str(uuid4()))


def test_program_named_jpg_is_not_stored(account: SessionAccount) -> None:
    market_id = str(uuid4())
    upload = SimpleUploadedFile("photo.jpg", images.windows_program(), content_type="image/jpeg")
    with pytest.raises(PhotoRefused, match="program"):
        store_photo(upload, market_id=market_id)
    assert keys_of(account, market_id) == []


def test_stored_photo_is_public_and_has_no_metadata(account: SessionAccount) -> None:
    market_id = str(uuid4())

    photo = store_photo(ContentFile(images.phone_jpeg(), name="IMG_1.jpg"), market_id=market_id)

    assert photo.key == f"markets/{market_id}/{photo.sha256[:32]}.webp"
    answer = request_anonymously(photo.url)
    assert answer.headers["Content-Type"] == "image/webp"
    assert "immutable" in answer.headers["Cache-Control"]
    assert hashlib.sha256(answer.body).hexdigest() == photo.sha256
    picture = Image.open(io.BytesIO(answer.body))
    assert picture.size == (photo.width, photo.height) == (480, 640)
    assert not picture.getexif()


def test_same_photo_is_stored_once(account: SessionAccount) -> None:
    market_id = str(uuid4())
    upload = SimpleUploadedFile("photo.jpg", images.jpeg())
    first, second = (store_photo(upload, market_id=market_id) for _ in range(2))
    assert first.key == second.key
    stored = sorted(f"public/{key}" for key in first.all_keys)
    assert keys_of(account, market_id) == stored
    assert len(stored) == 2  # at 480 and at its own 640 pixels


def test_discarded_photo_is_deleted(account: SessionAccount) -> None:
    market_id = str(uuid4())
    photo = store_photo(SimpleUploadedFile("photo.jpg", images.jpeg()), market_id=market_id)

    discard_photos(photo.all_keys)
    discard_photos(photo.all_keys)  # once more is no error

    assert keys_of(account, market_id) == []
    assert request_anonymously(photo.url).status != 200


def test_unreachable_bucket_raises_unavailable() -> None:
    storages = {
        "default": {
            "BACKEND": "core.storage.PublicStorage",
            "OPTIONS": {"endpoint_url": "http://127.0.0.1:9"},
        }
    }
    with override_settings(STORAGES=storages):
        with pytest.raises(Unavailable, match="does not answer"):
            store_photo(SimpleUploadedFile("photo.jpg", images.jpeg()), market_id=str(uuid4()))
        with pytest.raises(Unavailable, match="does not answer"):
            discard_photos(["markets/1/2.webp"])


def keys_of(account: SessionAccount, market_id: str) -> list[str]:
    listed = account.operator.s3.list_objects_v2(
        Bucket=account.bucket, Prefix=f"public/markets/{market_id}/"
    )
    return [item["Key"] for item in listed.get("Contents", [])]
