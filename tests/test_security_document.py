"""docs/security.md is up to date: its table is the tested one, and its tests exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from core.environment import ROOT
from tests.matrix import DOCUMENT, with_matrix

TEXT = DOCUMENT.read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)))
ASVS = {
    "7": "1.1 1.2 1.3 2.1 2.2 2.3 2.4 3.1 3.2 4.1 4.2 4.3 4.4 4.5 5.1 5.2 6.1 6.2",
    "10": "1.1 1.2 2.1 2.2 3.1 3.2 3.3 3.4 4.1 4.2 4.3 4.4 4.5 4.6 4.7 4.8 4.9 4.10 4.11"
    " 5.1 5.2 5.3 5.4 5.5 6.1 6.2 7.1 7.2 7.3",
}
"""The requirements of levels 1 and 2 for sessions (V7) and OAuth (V10) in ASVS 5.0."""


@cache
def names_in(path: Path) -> set[str]:
    return {
        node.name for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }  # fmt: skip


def test_document_shows_tested_permission_table() -> None:
    assert with_matrix(TEXT) == TEXT, "python -m tests.matrix"


@pytest.mark.parametrize(("path", "test"), NAMED)
def test_every_named_test_exists(path: str, test: str) -> None:
    file = ROOT / path
    assert file.is_file()
    assert not test or test in names_in(file)


def test_every_asvs_requirement_is_listed_once() -> None:
    wanted = {f"{chapter}.{each}" for chapter, all_ in ASVS.items() for each in all_.split()}
    lines = re.findall(r"^\| (\d+\.\d+\.\d+) \|", TEXT, re.MULTILINE)
    assert {line for line in lines if line.split(".")[0] in ASVS} == wanted
    assert len(lines) == len(set(lines))


def test_every_requirement_has_test_or_reason() -> None:
    for line in TEXT.splitlines():
        if re.match(r"\| \d+\.\d+\.\d+ \|", line):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert len(cells) == 4, line
            assert all(cells), line
            assert "`tests/" in cells[3] or len(cells[3]) > 20, line
