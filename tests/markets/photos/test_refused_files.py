"""Refused files: each has its own message; memory stays within a limit."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from core.actors import Actor
from core.environment import ROOT
from markets.images.file_types import PhotoRefused
from markets.images.processing import publishable
from markets.images.storage import MAX_UPLOAD_BYTES
from markets.models import Market
from markets.photos.uploads import (
    begin_upload,
    finish_upload,
    waiting_uploads,
)
from markets.queries import get_market
from tests import images
from tests.account import SessionAccount
from tests.uploads import arrived, incoming

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "polyglot": (images.gif_with_script, "This is a GIF"),
    "SVG named .png": (images.svg, "This is an SVG drawing"),
    "30,000 x 30,000": (lambda: images.png_bomb((30_000, 30_000)), "900 megapixels"),
    "wrong length": (images.jpeg_with_wrong_length, "This JPEG file is damaged"),
    "chunk bomb": (
        lambda: images.png_with_text_bomb(inflated=900_000_000),
        "This PNG file hides far more data",
    ),
}


@pytest.mark.parametrize(
    ("content_type", "size", "message"),
    [
        ("image/heic", 1000, "Settings → Camera → Formats → Most Compatible"),
        ("image/heif", 1000, "HEIC"),
        ("image/gif", 1000, "GIF"),
        ("image/svg+xml", 1000, "SVG"),
        ("application/pdf", 1000, "PDF"),
        ("video/mp4", 1000, "film"),
        ("text/html", 1000, "not a photo"),
        ("", 1000, "not a photo"),
        ("image/jpeg", MAX_UPLOAD_BYTES + 1, r"has 15\.1 MB; a photo may have at most 15 MB"),
        ("image/jpeg", 0, "empty"),
    ],
)
def test_upload_with_unsupported_type_or_size_is_refused(
    maria: Actor, draft: Market, content_type: str, size: int, message: str
) -> None:
    with pytest.raises(PhotoRefused, match=message):
        begin_upload(maria, draft.key, name="a", content_type=content_type, size=size)
    assert waiting_uploads(maria, draft.key) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_with_own_message(
    maria: Actor, draft: Market, account: SessionAccount, name: str
) -> None:
    make, message = HOSTILE[name]
    upload_id = arrived(maria, draft, make(), kind="image/png")
    with pytest.raises(PhotoRefused, match=message):
        finish_upload(maria, draft.key, upload_id)
    assert incoming(account, draft) == []
    assert waiting_uploads(maria, draft.key) == []
    assert get_market(maria, draft.key).version == draft.version
    published = account.operator.s3.list_objects_v2(
        Bucket=account.bucket, Prefix=f"public/markets/{draft.market_id}/"
    )
    assert published["KeyCount"] == 0


def test_refusal_messages_differ() -> None:
    messages = set()
    for make, _ in HOSTILE.values():
        with pytest.raises(PhotoRefused) as refusal:
            publishable(make())
        messages.add(str(refusal.value))
    assert len(messages) == len(HOSTILE)


def test_concurrent_uploads_stay_within_memory_limit(maria: Actor, draft: Market) -> None:
    """In a process of its own: large photos and hostile files, several threads at a time."""
    noise = images.noisy_jpeg((4000, 3000))
    assert len(noise) > 8_000_000
    large = [arrived(maria, draft, noise + bytes([n])) for n in range(2)]
    wide = [arrived(maria, draft, images.jpeg((8000, 5000), quality=60), kind="image/jpeg")]
    hostile = [arrived(maria, draft, make(), kind="image/png") for make, _ in HOSTILE.values()]
    measured = (
        "import json, resource, sys, django; django.setup()\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from core.actors import Actor\n"
        "from markets.images.file_types import PhotoRefused\n"
        "from markets.models import MarketKey\n"
        "from markets.photos.uploads import finish_upload\n"
        "sub, market_id, threads, *ids = json.load(sys.stdin)\n"
        "def finish(upload_id):\n"
        "    try:\n"
        "        finish_upload(Actor.merchant(sub), MarketKey(sub, market_id), upload_id)\n"
        "    except PhotoRefused:\n"
        "        return 'refused'\n"
        "    return 'taken'\n"
        "with ThreadPoolExecutor(threads) as pool:\n"
        "    done = list(pool.map(finish, ids))\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(json.dumps([peak, done]))\n"
    )
    between = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=1)"
    ran = subprocess.run(  # noqa: S603 (this file names the program)
        [sys.executable, "-c", between, measured],
        input=json.dumps([maria.id, draft.market_id, 4, *large, *wide, *hostile]),
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "garage.settings"},
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    peak, done = json.loads(ran.stdout)
    assert done == ["taken"] * 3 + ["refused"] * 5
    assert 40 * 1024 < peak < 400 * 1024  # kB
