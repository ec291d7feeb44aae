"""Write the table of who may what into docs/security.md: `python -m tests.matrix`."""

from core.environment import ROOT
from tests.permissions import ACTORS, OUTCOMES, TABLE

DOCUMENT = ROOT / "docs" / "security.md"
BEGIN = "<!-- begin: written by python -m tests.matrix -->\n"
END = "<!-- end -->\n"
WORDS = {"a": "✓", "m": "app_client", "h": "city door", "f": "403", "n": "404", "x": "none"}


def matrix() -> str:
    """Return the table as Markdown: a line for each address and method that there is."""
    lines = [f"| address | | {' | '.join(ACTORS)} |", f"| --- | --- |{' --- |' * len(ACTORS)}"]
    for route, methods in TABLE.items():
        for method, outcomes in methods.items():
            if set(outcomes.values()) <= {"x", "f"} and "x" in outcomes.values():
                continue  # there is no such method
            cells = " | ".join(WORDS[outcomes[actor]] for actor in ACTORS)
            lines.append(f"| `/{route}` | {method} | {cells} |")
    legend = [f"- **{name}**: {who}" for name, who in ACTORS.items()]
    signs = [f"- {WORDS[sign]}: {meaning}" for sign, meaning in OUTCOMES.items() if sign != "x"]
    return "\n".join([*legend, "", *signs, "", *lines]) + "\n"


def with_matrix(text: str) -> str:
    """Return the document with the table between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{matrix()}\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(with_matrix(DOCUMENT.read_text()))
