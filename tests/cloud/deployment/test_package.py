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
from django.core.management import CommandError, call_command

from cloud.deployment import package
from cloud.deployment.package import Package, PackageFailed
from cloud.management.commands.package import Command
from core.environment import ROOT
from tests.cloud.deployment.conftest import ARCHITECTURE

MACHINES = {"x86_64": 0x3E, "arm64": 0xB7}  # in the head of an ELF file
UNCHECKED_HASH = 0b01


def test_build_is_reproducible(built: Package, tmp_path: Path) -> None:
    again = package.build(ARCHITECTURE, tmp_path / "other-name.zip")
    assert again.path.read_bytes() == built.path.read_bytes()


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


def test_package_command_builds_for_stage(tmp_path: Path) -> None:
    output = StringIO()
    path = tmp_path / "garage.zip"
    call_command(Command(stdout=output), "--stage=dev", f"--output={path}")
    assert re.fullmatch(
        rf"{path}: arm64, [0-9.]+ MiB zipped, [0-9.]+ MiB unpacked\n", output.getvalue()
    )
    assert machines(path) == {MACHINES["arm64"]}


def test_unknown_stage_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no stage 'base'\. It has: dev, production, staging"):
        call_command(Command(), "--stage=base", f"--output={tmp_path / 'garage.zip'}")
