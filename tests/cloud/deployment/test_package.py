"""The function's package: reproducible, complete, small."""

import json
import os
import re
import sys
import zipfile
from importlib.util import MAGIC_NUMBER
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from cloud.deployment import package
from cloud.deployment.package import Package, PackageFailed
from cloud.management.commands.package import Command
from core.environment import ROOT
from tests.cloud.deployment.conftest import ARCHITECTURE

MACHINES = {"x86_64": 0x3E, "arm64": 0xB7}  # in the head of an ELF file
UNCHECKED_HASH = 0b01


@pytest.fixture(name="commanded", scope="module")
def commanded_fixture(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the package that the command builds for the stage dev, and what it prints."""
    output, path = StringIO(), tmp_path_factory.mktemp("commanded") / "garage.zip"
    call_command(Command(stdout=output), "--stage=dev", f"--output={path}")
    return path, output.getvalue()


def test_package_command_builds_for_stage(commanded: tuple[Path, str]) -> None:
    path, output = commanded
    assert machines(path) == {MACHINES["arm64"]}
    assert re.fullmatch(rf"{path}: arm64, [0-9.]+ MiB zipped, [0-9.]+ MiB unpacked\n", output)


def test_build_is_reproducible(built: Package, commanded: tuple[Path, str]) -> None:
    """Two builds differ in their machine's own files alone, and these come out of the wheels."""
    first, second = portable(built.path), portable(commanded[0])
    assert list(first) == list(second)
    assert len(first) > 1000
    assert [name for name in first if first[name] != second[name]] == []


def portable(path: Path) -> dict[str, tuple[bytes, tuple[int, ...], int]]:
    """Return the files that are for every machine, in order: content, time and rights."""
    with zipfile.ZipFile(path) as archive:
        return {
            each.filename: (archive.read(each), each.date_time, each.external_attr)
            for each in archive.infolist()
            if ".so" not in each.filename and ".dist-info/" not in each.filename
        }


def test_all_binaries_are_for_one_architecture(built: Package) -> None:
    assert machines(built.path) == {MACHINES[ARCHITECTURE]}


def machines(path: Path) -> set[int]:
    with zipfile.ZipFile(path) as archive:
        heads = [archive.read(name)[:20] for name in archive.namelist() if ".so" in name]
    assert heads
    return {int.from_bytes(head[18:20], "little") for head in heads}


def test_package_is_within_size_limits(built: Package) -> None:
    assert built.zipped <= 16 * 1024**2
    assert built.unpacked <= 60 * 1024**2


@pytest.mark.parametrize(
    ("zipped", "unpacked", "message"),
    [(17 * 1024**2, 1, "17.0 MiB zipped"), (1, 61 * 1024**2, "61.0 MiB unpacked")],
)
def test_too_large_package_is_refused(zipped: int, unpacked: int, message: str) -> None:
    with pytest.raises(PackageFailed, match=message):
        Package(Path("garage.zip"), "arm64", zipped, unpacked).check()


def test_every_module_has_unchecked_bytecode(built: Package) -> None:
    with zipfile.ZipFile(built.path) as archive:
        names = set(archive.namelist())
        compiled = {name: archive.read(name)[:8] for name in names if name.endswith(".pyc")}
    heads = set(compiled.values())
    assert heads == {MAGIC_NUMBER + UNCHECKED_HASH.to_bytes(4, "little")}
    sources = {name for name in names if name.endswith(".py")}
    assert "garage/settings.py" in sources
    for name in sources:
        folder, _, file = name.rpartition("/")
        tag = sys.implementation.cache_tag
        assert f"{folder}/__pycache__/{file.removesuffix('.py')}.{tag}.pyc" in compiled


SITE = {
    "approvals", "core", "garage", "identity", "locale", "markets", "programme", "templates",
}  # fmt: skip
"""The folders of the checkout that are in the package."""


def test_package_contains_site_and_no_tools(built: Package) -> None:
    """No demo, no cloud code, no tests: the site runs without them."""
    with zipfile.ZipFile(built.path) as archive:
        names = archive.namelist()
    folders = {name.split("/")[0] for name in names if "/" in name}
    checkout = {path.name for path in ROOT.iterdir() if path.is_dir()}
    assert folders & checkout == SITE | {".garage"}
    assert not [name for name in names if name.startswith(("cloud", "demo", "tests"))]


def test_production_has_no_tool_apps() -> None:
    assert not {app.split(".")[0] for app in settings.INSTALLED_APPS} & {"cloud", "demo", "tests"}


def test_package_contains_no_private_files(built: Package) -> None:
    with zipfile.ZipFile(built.path) as archive:
        names = archive.namelist()
    folders = {name.split("/")[0] for name in names}
    assert not folders & {".env", ".git", "docs", "infra", "requirements", "static", "tests"}
    assert not [name for name in names if name.endswith((".env", ".zip")) or "/tests/" in name]
    assert [name for name in names if name.startswith(".garage")] == [
        ".garage/static/staticfiles.json"
    ]


@pytest.mark.usefixtures("_static_files")
def test_packaged_manifest_names_published_static_files(built: Package) -> None:
    published = json.loads((settings.STATIC_ROOT / "staticfiles.json").read_text())
    with zipfile.ZipFile(built.path) as archive:
        named = json.loads(archive.read(".garage/static/staticfiles.json"))
    assert named["paths"] == published["paths"]


def test_failed_tool_reports_reason() -> None:
    with pytest.raises(PackageFailed, match="No module named absent"):
        package.run(sys.executable, "-m", "absent")


def test_operator_environment_is_not_passed_to_build() -> None:
    os.environ["GARAGE_LEAK"] = "leaks"
    try:
        package.run(
            sys.executable, "-c", "import os; assert 'GARAGE_LEAK' not in os.environ", A="B"
        )
    finally:
        del os.environ["GARAGE_LEAK"]


def test_unlocked_requirement_is_refused() -> None:
    with pytest.raises(PackageFailed, match="nowhere is not locked"):
        package.locked("nowhere", "zappa==1 \\\n    --hash=sha256:0\n")


def test_locked_requirement_includes_hashes() -> None:
    lock = "a==1 \\\n    --hash=sha256:0\n    # via b\nb==2 \\\n    --hash=sha256:1\n"
    assert package.locked("a", lock) == "a==1 \\\n    --hash=sha256:0\n    # via b\n"
