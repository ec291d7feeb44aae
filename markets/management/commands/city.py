"""`manage.py city register|change|list`: the register of cities, as its operator keeps it."""

import json
from argparse import ArgumentParser
from typing import Any

from core.commands import OperatorCommand
from core.errors import AlreadyExists, InvalidDetails, NotFound
from markets.cities.models import City
from markets.cities.operations import check_city, save_city
from markets.cities.queries import all_cities, get_city

# What a city is told at its registration and keeps: references begin with the
# code, and prices are in the currency.
FIXED = {
    "code": "three capital letters that begin its markets' references",
    "currency": "ISO 4217 code of all its prices, such as EUR",
}
REQUIRED = {
    "name": "as people read it",
    "language": "ISO 639-1 code, such as ro",
    "time_zone": "of its days, such as Europe/Bucharest",
    "contact": "e-mail address of the desk",
    "opens": "first day to submit, such as 2026-09-01",
    "closes": "last day to submit",
    "decide_by": "day by whose end all is decided",
}
OPTIONAL = {
    "decision_days": "days within which it wants each submission decided; 14 by default",
    "appeal_notice": "how a rejection can be contested, in its language",
    "season_opens": "first day of the Christmas market itself",
    "season_closes": "its last day",
    "place": "where it stands, such as a square",
}


class Command(OperatorCommand):
    help = "Registers cities, changes them and lists them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        register = actions.add_parser("register", help="let a city take part")
        change = actions.add_parser("change", help="change what is named; an empty text removes it")
        for action in (register, change):
            action.add_argument("slug", help="its name in addresses, such as brasov")
            action.add_argument(
                "--dry-run", action="store_true", help="check it and say what would be saved"
            )
        for fields, required in ((FIXED, True), (REQUIRED, True), (OPTIONAL, False)):
            for name, text in fields.items():
                kind = int if name == "decision_days" else str
                register.add_argument(_option(name), required=required, type=kind, help=text)
                if fields is not FIXED:
                    change.add_argument(_option(name), type=kind, help=text)
        for action in (register, change):
            action.add_argument(
                "--machine-client",
                dest="machine_clients",
                action="append",
                metavar="ID",
                help="app client of a system that may act for it; repeat for several",
            )
        for action in (register, change, actions.add_parser("list", help="show all")):
            action.add_argument("--json", action="store_true", help="for scripts")

    def handle(self, *, action: str, **options: Any) -> None:
        as_json = options["json"]
        if action == "list":
            self._show(all_cities(), as_json=as_json)
            return
        known = {*FIXED, *REQUIRED, *OPTIONAL, "machine_clients"}
        given = {name: v for name, v in options.items() if name in known and v is not None}
        city = (self._new if action == "register" else self._changed)(options["slug"], given)
        if options["dry_run"]:
            check_city(self.operator, city)
        else:
            save_city(self.operator, city)
        self._show([city], as_json=as_json)
        if not as_json:
            self.stdout.write("Nothing was saved." if options["dry_run"] else "Saved.")

    def _new(self, slug: str, given: dict[str, Any]) -> City:
        try:
            get_city(slug)
        except NotFound:
            return City(slug, **_set(given))
        raise AlreadyExists(f"{slug} is registered; `city change {slug}` changes it.")

    def _changed(self, slug: str, given: dict[str, Any]) -> City:
        if not given:
            raise InvalidDetails({"": "Name at least one thing to change."})
        # A copy: the register's own entry stays as it is until the change is saved.
        facts: dict[str, Any] = {**get_city(slug).attribute_values, **_set(given)}
        return City(**facts)

    def _show(self, cities: list[City], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([facts(city) for city in cities], indent=2))
            return
        for city in cities:
            season = city.season
            when = f"market {season.opens} to {season.closes}" if season else "no season yet"
            self.stdout.write(
                f"{city.slug}  {city.code}  {city.name}: call {city.call_state.label.lower()},"
                f" {city.opens} to {city.closes}, decides by {city.decide_by}; {when}"
            )


def facts(city: City) -> dict[str, Any]:
    """Return what the register says of a city, under its names in JSON."""
    facts = {
        str(each.attr_name): getattr(city, name) for name, each in City.get_attributes().items()
    }
    facts["decisionDays"] = int(city.decision_days)
    facts["machineClients"] = sorted(city.machine_clients or ())
    return facts


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _set(given: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {name: value or None for name, value in given.items()}
    if clients := given.get("machine_clients"):
        values["machine_clients"] = {each for each in clients if each} or None
    return values
