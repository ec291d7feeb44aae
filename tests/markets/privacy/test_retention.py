"""Retention, and the commands that erase."""

import io
import json
from datetime import timedelta

from django.core.management import CommandError, call_command
from pytest_django import Settings

from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.operations import revise_market, withdraw_market
from markets.privacy.erasure import Outcome
from markets.privacy.retention import DRAFT_RETENTION, YEAR, apply_retention
from markets.queries import get_market, page_of_markets
from tests import factories
from tests.markets.privacy.people import LEGAL, OPERATOR, make, photos_of


def test_decided_applications_are_erased_after_retention_years(
    maria: Actor, city: City, settings: Settings
) -> None:
    market = make(factories.rejected, maria, city)
    years = settings.GARAGE.retention_years
    assert market.decided_at
    with clock.freeze(market.decided_at + years * YEAR):
        assert list(apply_retention(OPERATOR)) == []
    with clock.freeze(market.decided_at + years * YEAR + timedelta(seconds=1)):
        assert [each.outcome for each in apply_retention(OPERATOR, dry_run=True)] == [Outcome.KEEP]
        assert get_market(OPERATOR, market.key).legal_name == LEGAL
        assert [each.outcome for each in apply_retention(OPERATOR)] == [Outcome.KEEP]
    assert get_market(OPERATOR, market.key).legal_name is None


def test_unused_drafts_are_deleted_after_retention_period(maria: Actor, city: City) -> None:
    draft = make(factories.draft, maria, city)
    touched = make(factories.draft, maria, city)
    with clock.freeze(clock.now() + timedelta(days=5)):
        revise_market(maria, touched.key, expected_version=1, details={"phone": None})
    with clock.freeze(draft.updated_at + DRAFT_RETENTION + timedelta(seconds=1)):
        assert [each.reference for each in apply_retention(OPERATOR)] == [draft.reference]
    assert [market.reference for market in page_of_markets(maria).items] == [touched.reference]
    assert photos_of(draft) == []
    assert photos_of(touched) != []


def test_withdrawn_draft_is_erased_after_retention_years(maria: Actor, city: City) -> None:
    draft = make(factories.draft, maria, city)
    withdraw_market(maria, draft.key, expected_version=1)
    with clock.freeze(clock.now() + 2 * YEAR):
        assert list(apply_retention(OPERATOR)) == []
    with clock.freeze(clock.now() + 11 * YEAR):
        assert [each.outcome for each in apply_retention(OPERATOR)] == [Outcome.KEEP]


def run(*arguments: str) -> tuple[str, str]:
    """Return what a command wrote and why it failed, if it did."""
    out, failure = io.StringIO(), ""
    try:
        call_command(*arguments, stdout=out)
    except CommandError as fault:
        failure = str(fault)
    return out.getvalue(), failure


def test_erase_command_erases_data_without_user_pool_access(maria: Actor, city: City) -> None:
    """The site's own key may not read the pool; the exit code of the command says so."""
    market = make(factories.rejected, maria, city)
    out, failure = run("erase", "--user", maria.id, "--dry-run")
    assert market.reference in out
    assert get_market(OPERATOR, market.key).legal_name == LEGAL
    out, failure = run("erase", "--user", maria.id, "--json")
    output = json.loads(out)
    assert [each["reference"] for each in output["applications"]] == [market.reference]
    assert output["signIn"] == "not deleted"
    assert "may not read or change users" in failure
    out, _ = run("erase", "--user", maria.id, "--json")
    assert json.loads(out)["applications"] == []


def test_erase_command_refuses_invalid_sub() -> None:
    assert "named by the sub" in run("erase", "--user", '" or "1')[1]


def test_apply_retention_reports_erased_applications(maria: Actor, city: City) -> None:
    market = make(factories.rejected, maria, city)
    with clock.freeze(clock.now() + 11 * YEAR):
        assert "1 would be erased" in run("apply_retention", "--dry-run")[0]
        line = json.loads(run("apply_retention", "--json")[0])
        assert (line["reference"], line["outcome"], line["done"]) == (
            market.reference,
            "keep",
            True,
        )
        assert "0 erased" in run("apply_retention")[0]
