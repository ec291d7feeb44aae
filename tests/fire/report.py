"""The profile and the report of the fire suites, as a pytest plugin: `-p tests.fire.report`.

A fire suite attacks Garage: with faults, races, kills, hostile input, load. `make test`
runs its short form, `make fire` the full one; `FULL` and `choose` tell a suite which.

A suite calls `record` once for each thing that it tried. At the end of the run, all
lines of a suite become a report in `.garage/fire/SUITE.json` and a table in
`.garage/fire/SUITE.txt`, which is printed as well. With several workers, each writes
lines of its own, and the first process reads them all.
"""

import json
import os
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.environment import ROOT

FULL = os.environ.get("FIRE") == "full"
FOLDER = ROOT / ".garage" / "fire"
RUN = os.environ.setdefault("FIRE_RUN", str(os.getpid()))
"""The run that this process belongs to: the first process names it for its workers."""

LINES = FOLDER / "lines" / RUN
WORKER = os.environ.get("PYTEST_XDIST_WORKER")


def choose[T](short: T, full: T) -> T:
    """Return the value for the form that runs now."""
    return full if FULL else short


def record(
    suite: str, *, case: str, condition: str, outcome: str, seconds: float, **details: Any
) -> None:
    """Add one line to the report of a suite.

    `case` is what was tried (a row of the table), `condition` is under what (a column),
    `outcome` is a word or two for the cell. `details` are for the JSON alone.
    """
    line = {
        "case": case,
        "condition": condition,
        "outcome": outcome,
        "seconds": round(seconds, 3),
        **details,
    }
    LINES.mkdir(parents=True, exist_ok=True)
    with (LINES / f"{suite}.{WORKER or 'all'}.jsonl").open("a") as file:
        file.write(json.dumps(line, default=str) + "\n")


def table_of(rows: list[dict[str, Any]]) -> str:
    """Return the rows as text: a line for each case, a column for each condition.

    A cell that was tried several times has each outcome with how often it came.
    """
    cases = list(dict.fromkeys(row["case"] for row in rows))
    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    cells: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        cells.setdefault((row["case"], row["condition"]), Counter())[row["outcome"]] += 1
    lines = [["", *conditions]]
    lines += [
        [case, *(_cell(cells.get((case, condition))) for condition in conditions)] for case in cases
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(outcomes: Counter[str] | None) -> str:
    if outcomes is None:
        return "-"
    if sum(outcomes.values()) == 1:
        return next(iter(outcomes))
    return ", ".join(f"{count}x {outcome}" for outcome, count in outcomes.most_common())


def write(suite: str, rows: list[dict[str, Any]]) -> str:
    """Write the report and the table of a suite; return the table with a title."""
    profile = choose("short", "full")
    slowest = max(row["seconds"] for row in rows)
    report = {
        "suite": suite,
        "profile": profile,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tried": len(rows),
        "slowest_seconds": slowest,
        "outcomes": Counter(row["outcome"] for row in rows),
        "rows": rows,
    }
    title = f"{suite} ({profile}): {len(rows)} tried, the slowest took {slowest:.1f} s"
    text = f"{title}\n{table_of(rows)}\n"
    (FOLDER / f"{suite}.json").write_text(json.dumps(report, indent=1) + "\n")
    (FOLDER / f"{suite}.txt").write_text(text)
    return text


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the reports of all suites that recorded something in this run."""
    if WORKER is not None:
        return
    for suite, rows in sorted(read(LINES).items()):
        terminalreporter.section(f"fire: {suite}")
        terminalreporter.write(write(suite, rows))
    shutil.rmtree(LINES, ignore_errors=True)


def read(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the lines of all workers by suite, in an order that each run has again."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        found.setdefault(path.name.split(".", 1)[0], []).extend(rows)
    for rows in found.values():
        rows.sort(key=lambda row: (row["case"], row["condition"]))
    return found
