import pytest

from core.errors import InvalidTransition
from markets.lifecycle import TRANSITIONS, Action, next_status
from markets.models import Status

# Every status with every action; what is not named here must be refused.
LEGAL = """
draft              revise           draft
draft              submit           submitted
draft              withdraw         withdrawn
submitted          revise           submitted
submitted          withdraw         withdrawn
submitted          approve          approved
submitted          reject           rejected
submitted          request_changes  changes_requested
changes_requested  revise           changes_requested
changes_requested  submit           submitted
changes_requested  withdraw         withdrawn
approved           revise           submitted
approved           withdraw         withdrawn
rejected           withdraw         withdrawn
approved           undo             submitted
rejected           undo             submitted
changes_requested  undo             submitted
draft              transfer         draft
submitted          transfer         submitted
changes_requested  transfer         changes_requested
approved           transfer         approved
rejected           transfer         rejected
withdrawn          transfer         withdrawn
approved           erase            approved
rejected           erase            rejected
withdrawn          erase            withdrawn
"""
EXPECTED = {
    (Status(before), Action(action)): Status(after)
    for before, action, after in map(str.split, LEGAL.strip().splitlines())
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", Action)
def test_every_action_in_every_status(status: Status, action: Action) -> None:
    expected = EXPECTED.get((status, action))
    if expected:
        assert next_status(status, action) == expected
    else:
        with pytest.raises(InvalidTransition, match=status.label.lower()):
            next_status(status, action)


def test_withdrawn_is_final_and_draft_is_never_reached_again() -> None:
    assert {after for (s, _), after in TRANSITIONS.items() if s == Status.WITHDRAWN} == {
        Status.WITHDRAWN
    }
    assert {s for (s, _), after in TRANSITIONS.items() if after == Status.DRAFT} == {Status.DRAFT}
