"""A change of a text: which lines are removed, and which are new."""

import pytest

from markets.history.timeline import Change

GONE = NEW = True
STAYED = False


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        (
            "Dolls\nPuppets\nClothes",
            "Dolls\nClothes\nHats",
            [("Dolls", STAYED), ("Puppets", GONE), ("Clothes", STAYED)],
            [("Dolls", STAYED), ("Clothes", STAYED), ("Hats", NEW)],
        ),
        # If no line stayed, nothing is marked.
        ("12.00", "14.00", [("12.00", STAYED)], [("14.00", STAYED)]),
        ("", "Dolls\nHats", [], [("Dolls", STAYED), ("Hats", STAYED)]),
    ],
)
def test_changed_lines_are_marked(
    before: str, after: str, old: list[tuple[str, bool]], new: list[tuple[str, bool]]
) -> None:
    change = Change("Goods", before, after)
    assert change.before_lines == old
    assert change.after_lines == new
