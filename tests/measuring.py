"""Branch coverage, as a pytest plugin: `-p tests.measuring`, before those that import the site.

`MEASURE=1` asks for it. coverage.py needs Python 3.14 to measure branches without
slowing everything down by two thirds; SlipCover does it in 3.13. Each process that
runs tests leaves a file, and `slipcover --merge` reads them together.
"""

import json
import os
from pathlib import Path

import pytest
import slipcover

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / ".garage" / "coverage"
PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "all")
SOURCES = ["garage", "approvals", "programme", "markets", "identity", "core"]

measured: slipcover.Slipcover | None = None

if os.environ.get("MEASURE"):
    measured = slipcover.Slipcover(branch=True, source=SOURCES)
    # For as long as the process lives.
    slipcover.ImportManager(measured, slipcover.FileMatcher(sources=SOURCES)).__enter__()


def pytest_sessionstart() -> None:
    if measured and PROCESS == "all":
        for old in RECORDS.glob("*.json"):
            old.unlink()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if measured:
        RECORDS.mkdir(parents=True, exist_ok=True)
        (RECORDS / f"{PROCESS}.json").write_text(json.dumps(measured.get_coverage()))
