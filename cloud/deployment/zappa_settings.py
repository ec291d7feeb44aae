"""zappa_settings.json, and what a deployment adds to it: facts of the account."""

import json
from pathlib import Path
from typing import Any

from core.environment import ROOT

FILE = ROOT / "zappa_settings.json"


class UnknownStage(Exception):
    """zappa_settings.json has no such stage."""


def settings(stage: str) -> dict[str, Any]:
    """Return a stage's settings with those that it extends, as Zappa reads them."""
    every = json.loads(FILE.read_text())
    if stage not in every or stage == "base":
        known = ", ".join(sorted(set(every) - {"base"}))
        raise UnknownStage(f"zappa_settings.json has no stage {stage!r}, but {known}.")
    own = dict(every[stage])
    extended = own.pop("extends", None)
    return {**every.get(extended, {}), **own}


def write(path: Path, stage: str, **facts: Any) -> None:
    """Write the one stage's settings with the facts, for Zappa to read."""
    path.write_text(json.dumps({stage: settings(stage) | facts}))


def function_name(stage: str) -> str:
    """Return the name that Zappa gives the function, the API and the stack of any stage."""
    return f"{json.loads(FILE.read_text())['base']['project_name']}-{stage}"


def architecture(stage: str) -> str:
    """Return the processor that a stage's function runs on."""
    return str(settings(stage)["architecture"])
