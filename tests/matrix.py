"""Write the table of permissions into docs/security.md: `python -m tests.matrix`."""

from core.environment import ROOT
from tests.permissions import ACTORS, OUTCOMES, TABLE

DOCUMENT = ROOT / "docs" / "security.md"
BEGIN = "<!-- begin: written by python -m tests.matrix -->\n"
END = "<!-- end -->\n"
LABELS = {
    "a": "✓",
    "m": "sign-in",
    "h": "city hall sign-in",
    "f": "403",
    "n": "404",
    "x": "405",
}


def matrix() -> str:
    """Return the table as Markdown: one line for each address and method."""
    lines = [f"| address | | {' | '.join(ACTORS)} |", f"| --- | --- |{' --- |' * len(ACTORS)}"]
    for route, methods in TABLE.items():
        for method, outcomes in methods.items():
            if set(outcomes.values()) <= {"x", "f"} and "x" in outcomes.values():
                continue  # the address does not have this method
            cells = " | ".join(LABELS[outcomes[actor]] for actor in ACTORS)
            lines.append(f"| `/{route}` | {method} | {cells} |")
    legend = [f"- **{name}**: {who}" for name, who in ACTORS.items()]
    labels = [f"- {LABELS[key]}: {meaning}" for key, meaning in OUTCOMES.items()]
    return "\n".join([*legend, "", *labels, "", *lines]) + "\n"


def with_matrix(text: str) -> str:
    """Return the document with the table between its two markers."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{matrix()}\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(with_matrix(DOCUMENT.read_text()))
