"""Settings and AWS credentials in a stage's environment file reach the process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.environment import ROOT

PREFIXES = ("AWS_", "GARAGE_")


@pytest.fixture(name="file")
def file_fixture(tmp_path: Path) -> Path:
    """A file with all variables of the stage that this process has."""
    file = tmp_path / "stage.env"
    given = {name: value for name, value in os.environ.items() if name.startswith(PREFIXES)}
    file.write_text("".join(f"{name}='{value}'\n" for name, value in given.items()))
    return file


def list_cities(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of operators that reads a table, with `variables` only."""
    clean = {n: v for n, v in os.environ.items() if not n.startswith(PREFIXES)}
    return subprocess.run(
        [sys.executable, "manage.py", "city", "list", "--json"],
        cwd=ROOT,
        env=clean | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_reads_all_settings_from_environment_file(file: Path) -> None:
    listed = list_cities(GARAGE_ENV_FILE=str(file))
    assert (listed.returncode, listed.stderr) == (0, "")


def test_process_environment_overrides_file(file: Path) -> None:
    listed = list_cities(GARAGE_ENV_FILE=str(file), AWS_SECRET_ACCESS_KEY="guessed")
    assert listed.returncode == 1
