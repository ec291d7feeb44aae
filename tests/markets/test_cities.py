"""The register of cities, and the operator's command for it."""

import io
import json
import secrets
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.actors import Actor
from core.errors import InvalidDetails, NotAllowed, NotFound
from markets.cities.models import City
from markets.cities.operations import save_city
from markets.cities.queries import get_city
from tests import factories


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("city", *arguments, stdout=out)
    return out.getvalue()


def registration(slug: str, **other: str) -> list[str]:
    values = {
        "code": "TST",
        "name": "Testville",
        "language": "de",
        "currency": "EUR",
        "time-zone": "Europe/Vienna",
        "contact": "office@example.com",
        "opens": "2026-06-01",
        "closes": "2026-08-01",
        "decide-by": "2026-09-01",
    }
    return ["register", slug, *(f"--{name}={value}" for name, value in (values | other).items())]


@pytest.fixture
def slug() -> str:
    return f"city-{secrets.token_hex(5)}"


def test_city_is_registered_changed_and_listed(slug: str) -> None:
    assert "Saved." in run(*registration(slug))
    assert get_city(slug).market_days is None
    run(
        "change",
        slug,
        "--market-days-open=2026-11-27",
        "--market-days-close=2026-12-24",
        "--place=Market Square",
    )
    (listed,) = (each for each in json.loads(run("list", "--json")) if each["slug"] == slug)
    assert listed["marketDaysOpen"] == "2026-11-27"
    assert listed["marketDaysClose"] == "2026-12-24"
    assert listed["place"] == "Market Square"
    assert listed["decisionDays"] == 14
    assert f"{slug}  TST  Testville" in run("list")
    run("change", slug, "--market-days-open=", "--market-days-close=", "--place=")
    assert get_city(slug).market_days is None


def test_dry_run_validates_and_saves_nothing(slug: str) -> None:
    assert "Nothing was saved." in run(*registration(slug), "--dry-run")
    with pytest.raises(NotFound):
        get_city(slug)
    with pytest.raises(CommandError, match="three capital letters"):
        run(*registration(slug, code="tst"), "--dry-run")


def test_registered_city_cannot_be_registered_again(slug: str) -> None:
    run(*registration(slug))
    for more in ([], ["--dry-run"]):
        with pytest.raises(CommandError, match=f"{slug} is registered"):
            run(*registration(slug, name="Other"), *more)
    assert get_city(slug).name == "Testville"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"language": "german"}, "two small letters"),
        ({"contact": "the office"}, "e-mail address"),
        ({"time-zone": "Mars/Olympus"}, "no time zone Mars/Olympus"),
        ({"time-zone": "../../etc/passwd"}, "no time zone"),
        ({"opens": "2026-08-02"}, "opens, then closes"),
        ({"opens": "soon"}, "dates such as"),
        ({"decision-days": "0"}, "1 to 365 days"),
        ({"market-days-open": "2026-11-27"}, "or none of them"),
        (
            {"market-days-open": "2026-12-27", "market-days-close": "2026-12-24", "place": "Here"},
            "not after the last one",
        ),
        (
            {"market-days-open": "winter", "market-days-close": "spring", "place": "Here"},
            "market days are dates such as",
        ),
        (
            {
                "market-days-open": "2026-11-27",
                "market-days-close": "2026-12-24",
                "place": "x" * 121,
            },
            "at most 120",
        ),
    ],
)
def test_invalid_city_is_reported_in_one_line(
    slug: str, wrong: dict[str, str], message: str
) -> None:
    with pytest.raises(CommandError, match=message) as refusal:
        run(*registration(slug, **wrong))
    assert "\n" not in str(refusal.value)
    with pytest.raises(NotFound):
        get_city(slug)


def test_change_of_no_field_or_fixed_field_is_an_error(slug: str) -> None:
    run(*registration(slug))
    with pytest.raises(CommandError, match="at least one field"):
        run("change", slug)
    with pytest.raises(CommandError, match="unrecognized arguments"):
        run("change", slug, "--currency=RON")
    with pytest.raises(CommandError, match="There is no such city"):
        run("change", "atlantis", "--name=Atlantis")


def test_only_operators_register_cities(city: City, maria: Actor) -> None:
    values: dict[str, Any] = city.attribute_values | {"slug": "elsewhere"}
    values.pop("version")
    for actor in (Actor.visitor(), maria, factories.officer(city.slug)):
        with pytest.raises(NotAllowed):
            save_city(actor, City(**values))
    with pytest.raises(InvalidDetails):
        save_city(factories.OPERATOR, City(**values | {"code": "x"}))
