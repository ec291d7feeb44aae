"""zappa_settings.json, and what a deployment adds to it: facts of the account."""

import json
from typing import Any

from garage.environment import ROOT

FILE = ROOT / "zappa_settings.json"


class UnknownStage(Exception):
    """zappa_settings.json has no such stage."""


def settings(stage: str) -> dict[str, Any]:
    """Return a stage's settings with those that it extends, as Zappa reads them."""
    every = json.loads(FILE.read_text())
    if stage not in every or stage == "base":
        known = ", ".join(sorted(set(every) - {"base"}))
        raise UnknownStage(f"zappa_settings.json has no stage {stage!r}, but {known}.")
    own = every[stage]
    return {**every.get(own.get("extends"), {}), **own}


def architecture(stage: str) -> str:
    """Return the processor that a stage's function runs on."""
    return str(settings(stage)["architecture"])
