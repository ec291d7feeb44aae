import gzip
import os
import posixpath
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import override_settings

from core.environment import ROOT
from core.errors import Unavailable
from core.staticfiles import StaticStorage
from core.storage import PublicStorage, StaticObjects
from markets.models import Photo
from tests.account import SessionAccount

IMPORT = re.compile(r"""^import\b[^;]*?["'](\.[^"']+)["'];$""", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


def request_anonymously(url: str, *, method: str = "GET", data: bytes | None = None) -> Answer:
    """Request an address without credentials."""
    request = urllib.request.Request(url, data=data, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 (our own bucket)
            return Answer(answer.status, answer.headers, answer.read())
    except HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.headers, refusal.read())


@pytest.fixture
def as_operator(account: SessionAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the operator's key, as for publishing static files."""
    assert account.operator.key is not None
    for name, value in account.operator.key.variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def static_folder(tmp_path: Path) -> Iterator[Path]:
    with override_settings(STATIC_ROOT=tmp_path):
        yield tmp_path


def test_object_url_begins_with_public_media_url() -> None:
    key = "markets/1/Ștrudel.webp"
    assert default_storage.url(key) == f"{settings.GARAGE.media_url}/markets/1/%C8%98trudel.webp"
    assert default_storage.url("markets/1/2.webp") == Photo(key="markets/1/2.webp").url


def test_anonymous_requests_read_public_prefix_only(account: SessionAccount) -> None:
    default_storage.save("markets/seen/a.webp", ContentFile(b"public"))
    seen = Photo(key="markets/seen/a.webp").url
    assert request_anonymously(seen).body == b"public"
    assert request_anonymously(seen, method="PUT", data=b"mine").status == 403
    assert request_anonymously(seen, method="DELETE").status == 403

    account.site.s3.put_object(Bucket=account.bucket, Key="incoming/b.webp", Body=b"private")
    bucket_url = settings.GARAGE.media_url.removesuffix("/public")
    assert request_anonymously(f"{bucket_url}/incoming/b.webp").status == 403
    assert request_anonymously(bucket_url).status == 403  # nobody lists it


def test_path_traversal_out_of_public_prefix_is_refused() -> None:
    with pytest.raises(Exception, match=r"\.\.|traversal"):
        default_storage.save("../incoming/c.webp", ContentFile(b"x"))


def test_missing_bucket_raises_unavailable() -> None:
    absent = PublicStorage(bucket_name="garage-no-such-bucket")
    with closing(absent), pytest.raises(Unavailable):
        absent.save("a.webp", ContentFile(b"x"))


def test_site_key_cannot_replace_static_files() -> None:
    with closing(StaticObjects()) as storage, pytest.raises(Unavailable):
        storage.save("garage.css", ContentFile(b"body { display: none }"))


@pytest.mark.usefixtures("as_operator")
def test_static_files_are_hashed_compressed_and_immutable(static_folder: Path) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)

    url = StaticStorage().url("garage.css")
    assert url.startswith(f"{settings.GARAGE.media_url}/static/garage.")
    assert url != f"{settings.GARAGE.media_url}/static/garage.css"
    answer = request_anonymously(url)
    assert answer.headers["Content-Type"] == "text/css"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    css = gzip.decompress(answer.body)
    assert css == (static_folder / url.rpartition("/")[2]).read_bytes()
    with override_settings(DEBUG=True):
        assert StaticStorage().url("garage.css") == url
    assert PublicStorage().url("static/a.css") == StaticObjects().url("a.css")


@pytest.mark.usefixtures("as_operator")
def test_published_style_sheet_contains_every_part_once(static_folder: Path) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)
    storage = StaticStorage()
    css = (static_folder / storage.stored_name("garage.css")).read_text()
    assert "@import" not in css
    parts = sorted((ROOT / "static" / "css").glob("*.css"))
    assert parts
    for part in parts:
        assert css.count(part.read_text()) == 1, f"{part.name} is not imported once"
    assert [name for name in storage.hashed_files if name.startswith("css/")] == []


@pytest.mark.usefixtures("as_operator")
def test_script_imports_name_published_files(static_folder: Path) -> None:
    """Each import names a hashed file: a plain name does not exist in the bucket."""
    call_command("collectstatic", interactive=False, verbosity=0)
    storage = StaticStorage()
    published = set(storage.hashed_files.values())
    imports = 0
    for name in published:
        if name.startswith("js/"):
            for other in IMPORT.findall((static_folder / name).read_text()):
                target = posixpath.join(posixpath.dirname(name), other)
                assert posixpath.normpath(target) in published
                assert request_anonymously(urljoin(storage.base_url + name, other)).status == 200
                imports += 1
    assert imports > 5


@pytest.mark.usefixtures("as_operator")
def test_collectstatic_dry_run_publishes_nothing(
    static_folder: Path, account: SessionAccount
) -> None:
    before = account.operator.s3.list_objects_v2(Bucket=account.bucket, Prefix="public/static/")
    call_command("collectstatic", interactive=False, verbosity=0, dry_run=True)
    after = account.operator.s3.list_objects_v2(Bucket=account.bucket, Prefix="public/static/")
    assert after["KeyCount"] == before["KeyCount"]
    assert list(static_folder.iterdir()) == []


def test_file_urls_need_neither_boto3_nor_pillow() -> None:
    program = (
        "import sys, django; django.setup()\n"
        "from core.staticfiles import StaticStorage\n"
        "from markets.models import Photo\n"
        "StaticStorage(); Photo(key='markets/1/2.webp').url\n"
        "print(*{'boto3', 'PIL', 'storages'} & sys.modules.keys())\n"
    )
    ran = subprocess.run(  # noqa: S603 (this file names the program)
        [sys.executable, "-c", program],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "garage.settings"},
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert ran.stdout.split() == []
