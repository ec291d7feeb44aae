"""What a stage's file says reaches the process, its AWS credentials included."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.environment import ROOT

OF_THE_STAGE = ("AWS_", "GARAGE_")


@pytest.fixture(name="file")
def file_fixture(tmp_path: Path) -> Path:
    """A file with all that this process was given of the stage."""
    file = tmp_path / "stage.env"
    given = {name: value for name, value in os.environ.items() if name.startswith(OF_THE_STAGE)}
    file.write_text("".join(f"{name}='{value}'\n" for name, value in given.items()))
    return file


def list_cities(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of operators that reads a table, with nothing of the stage but `variables`."""
    clean = {n: v for n, v in os.environ.items() if not n.startswith(OF_THE_STAGE)}
    return subprocess.run(
        [sys.executable, "manage.py", "city", "list", "--json"],
        cwd=ROOT,
        env=clean | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_needs_nothing_but_the_file(file: Path) -> None:
    listed = list_cities(GARAGE_ENV_FILE=str(file))
    assert (listed.returncode, listed.stderr) == (0, "")


def test_the_process_has_the_last_word(file: Path) -> None:
    listed = list_cities(GARAGE_ENV_FILE=str(file), AWS_SECRET_ACCESS_KEY="guessed")
    assert listed.returncode == 1
