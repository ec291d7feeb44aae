"""zappa_settings.json, and the values of the account that a deployment adds to it."""

import json
from pathlib import Path
from typing import Any

from core.environment import ROOT

FILE = ROOT / "zappa_settings.json"


class UnknownStage(Exception):
    """zappa_settings.json has no such stage."""


def settings(stage: str) -> dict[str, Any]:
    """Return a stage's settings, merged with those that it extends as Zappa does it."""
    stages = json.loads(FILE.read_text())
    if stage not in stages or stage == "base":
        known = ", ".join(sorted(set(stages) - {"base"}))
        raise UnknownStage(f"zappa_settings.json has no stage {stage!r}. It has: {known}.")
    own = dict(stages[stage])
    extended = own.pop("extends", None)
    return {**stages.get(extended, {}), **own}


def write(path: Path, stage: str, **values: Any) -> None:
    """Write one stage's settings with additional values, for Zappa."""
    path.write_text(json.dumps({stage: settings(stage) | values}))


def function_name(stage: str) -> str:
    """Return the name that Zappa gives the function, the API and the stack of any stage."""
    return f"{json.loads(FILE.read_text())['base']['project_name']}-{stage}"


def events() -> list[dict[str, str]]:
    """Return the scheduled functions of every stage, each with its expression."""
    found: list[dict[str, str]] = json.loads(FILE.read_text())["base"]["events"]
    return found


def architecture(stage: str) -> str:
    """Return the processor architecture of a stage's function."""
    return str(settings(stage)["architecture"])
