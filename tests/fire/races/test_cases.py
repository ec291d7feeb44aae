"""The table of pairs has all writes, and the short form leaves no two of them out."""

import pytest

from core import clock
from markets.cities.models import City
from markets.lifecycle import Action
from tests import factories
from tests.fire.attempts import BESIDE, OTHERS
from tests.fire.model import MERCHANT_ACTIONS, OFFICER_ACTIONS
from tests.fire.races.cases import MEET_EVERYWHERE, WRITES, all_pairs, short_form
from tests.fire.races.people import application_in
from tests.fire.stored import modelled

LIFECYCLE = (*MERCHANT_ACTIONS, *OFFICER_ACTIONS)


def test_table_has_every_write() -> None:
    """Those that the history can record, and those that the model knows beside them."""
    written = {action for actions in WRITES.values() for action in actions}
    assert written == {*LIFECYCLE, *BESIDE, *OTHERS}
    assert written >= {action.value for action in Action}


@pytest.mark.parametrize("status", WRITES)
def test_table_has_every_step_that_status_allows(city: City, status: str) -> None:
    application = modelled(application_in(status, factories.merchant(), city))
    possible = {
        action
        for action in LIFECYCLE
        if application.refusal(action, application.version, clock.now()) is None
    }
    assert possible == set(WRITES[status]) & set(LIFECYCLE)


def test_short_form_has_any_two_operations_that_can_meet() -> None:
    short, every = short_form(), all_pairs()
    assert {pair.operations for pair in short} == {pair.operations for pair in every}
    assert {pair.status for pair in short} == set(WRITES)
    assert {action for pair in short for action in pair.actions} == {*LIFECYCLE, *BESIDE, *OTHERS}
    assert {pair.operations for pair in every} >= MEET_EVERYWHERE
