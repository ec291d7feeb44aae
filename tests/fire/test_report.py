"""The report of the fire suites says what was tried, also by several workers."""

import json
from pathlib import Path

import pytest

from tests.fire import report


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    monkeypatch.setattr(report, "LINES", tmp_path / "lines")
    return tmp_path


def test_lines_of_several_workers_become_one_report(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for worker, outcome in (("gw0", "once"), ("gw1", "not at all")):
        monkeypatch.setattr(report, "WORKER", worker)
        report.record("faults", case="approve", condition="cut", outcome=outcome, seconds=1)
    report.record("faults", case="submit", condition="slow", outcome="once", seconds=4.5678)
    ((suite, rows),) = report.read(report.LINES).items()
    assert suite == "faults"
    text = report.write(suite, rows)
    made = json.loads((folder / "faults.json").read_text())
    assert (made["tried"], made["slowest_seconds"]) == (3, 4.568)
    assert made["outcomes"] == {"once": 2, "not at all": 1}
    assert text == (folder / "faults.txt").read_text()
    assert [line.split() for line in text.splitlines()[1:]] == [
        ["cut", "slow"],
        ["approve", "1x", "once,", "1x", "not", "at", "all", "-"],
        ["submit", "-", "once"],
    ]


def test_the_profile_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "FULL", False)
    assert report.choose(20, 300) == 20
    monkeypatch.setattr(report, "FULL", True)
    assert report.choose(20, 300) == 300
