"""docs/architecture.md is up to date with the code."""

import re

from core.environment import ROOT
from markets.lifecycle import TRANSITIONS, Action
from markets.models import Status
from tests.diagrams import DOCUMENT, state_diagram, with_diagrams


def test_document_shows_current_layers_and_states() -> None:
    text = DOCUMENT.read_text()
    assert with_diagrams(text) == text, "python -m tests.diagrams"


def test_state_diagram_has_every_transition() -> None:
    text = state_diagram()
    drawn = {
        (Status(start), Action[action.upper()]): Status(end)
        for start, end, actions in re.findall(r"^ +(\w+) --> (\w+): (.+)$", text, re.MULTILINE)
        for action in actions.split(", ")
    }
    for action in re.findall(r"^`(\w+)` is possible in every status", text, re.MULTILINE):
        drawn |= {(status, Action[action.upper()]): status for status in Status}
    assert drawn == TRANSITIONS


def test_document_lists_all_tables_of_template() -> None:
    template = (ROOT / "infra" / "stack.yaml").read_text()
    tables = re.findall(r"TableName: !Sub garage-\$\{Stage\}-([\w-]+)", template)
    _, _, data = DOCUMENT.read_text().partition("## Data\n")
    listed = re.findall(r"^\| `([\w-]+)` \|", data.partition("\n## ")[0], re.MULTILINE)
    assert sorted(listed) == sorted(tables)
