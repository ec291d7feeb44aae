"""The package for this machine, built once a session."""

import platform
import zipfile
from pathlib import Path

import pytest

from cloud.deployment import package
from cloud.deployment.package import Package

ARCHITECTURE = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"


@pytest.fixture(scope="session", name="built")
def built_fixture(tmp_path_factory: pytest.TempPathFactory) -> Package:
    path = tmp_path_factory.mktemp("package") / "garage.zip"
    return package.build(ARCHITECTURE, path)


@pytest.fixture(scope="session")
def unpacked(built: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the unpacked package; tests must not write to it."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(built.path) as archive:
        archive.extractall(folder)
    return folder
