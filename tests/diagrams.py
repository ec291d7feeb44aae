"""Write what follows from the code into docs/architecture.md: `python -m tests.diagrams`."""

import os
import tomllib
from typing import TYPE_CHECKING

from core.environment import ROOT

if TYPE_CHECKING:
    from markets.lifecycle import Action

DOCUMENT = ROOT / "docs" / "architecture.md"


def import_layers() -> str:
    """Return the layers of the import contracts, from the highest to the lowest."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = []
    for contract in settings["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "layers":
            inside = " and ".join(f"`{name}`" for name in contract.get("containers", ()))
            layers = " → ".join(f"`{layer}`" for layer in contract["layers"])
            lines.append(f"- {f'inside {inside}' if inside else 'packages'}: {layers}")
    return "\n".join(lines) + "\n"


def state_diagram() -> str:
    """Return TRANSITIONS as a Mermaid diagram in a Markdown code block.

    An action that is possible in every status and keeps it is a sentence below the
    diagram: an arrow at each status would only hide the other arrows.
    """
    from markets.lifecycle import TRANSITIONS, Action
    from markets.models import Status

    everywhere = [action for action in Action if _keeps_every_status(action)]
    lines = [f"    {status.value}: {status.label}" for status in Status]
    lines.append(f"    [*] --> {Status.DRAFT.value}: begin")
    for start in Status:
        actions: dict[Status, list[str]] = {}
        for (status, action), end in TRANSITIONS.items():
            if status == start and action not in everywhere:
                actions.setdefault(end, []).append(_name(action))
        lines += [
            f"    {start.value} --> {end.value}: {', '.join(names)}"
            for end, names in actions.items()
        ]
    diagram = "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])
    rest = [f"`{_name(action)}` is possible in every status and keeps it." for action in everywhere]
    return "\n\n".join([diagram, *rest]) + "\n"


def _keeps_every_status(action: "Action") -> bool:
    from markets.lifecycle import TRANSITIONS
    from markets.models import Status

    return all(TRANSITIONS.get((status, action)) == status for status in Status)


def _name(action: "Action") -> str:
    return action.name.lower()


def with_diagrams(text: str) -> str:
    """Return the document with each part between its two markers."""
    for name, part in (("layers", import_layers()), ("states", state_diagram())):
        begin = f"<!-- begin {name}: written by python -m tests.diagrams -->\n"
        end = f"<!-- end {name} -->\n"
        before, found_begin, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not found_begin or not found_end:
            raise ValueError(f"{DOCUMENT.name} lacks the markers of “{name}”.")
        text = f"{before}{begin}\n{part}\n{end}{after}"
    return text


if __name__ == "__main__":
    # The transitions are in a package with models, which need settings but no account.
    os.environ["GARAGE_ENV_FILE"] = str(ROOT / ".env.example")
    os.environ["DJANGO_SETTINGS_MODULE"] = "garage.settings"
    DOCUMENT.write_text(with_diagrams(DOCUMENT.read_text()))
