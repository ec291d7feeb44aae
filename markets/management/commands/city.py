"""`manage.py city register|change|list`: the register of cities."""

import json
from argparse import ArgumentParser
from typing import Any

from core.commands import OperatorCommand
from core.errors import AlreadyExists, InvalidDetails, NotFound
from markets.cities.models import City
from markets.cities.operations import check_city, save_city
from markets.cities.queries import all_cities, get_city

# These cannot be changed later: references begin with the code, and stored prices
# are in the currency.
FIXED = {
    "code": "three capital letters: the first part of each application's reference",
    "currency": "ISO 4217 code of all prices, such as EUR",
}
REQUIRED = {
    "name": "as people read it",
    "language": "ISO 639-1 code, such as ro",
    "time_zone": "such as Europe/Bucharest",
    "contact": "e-mail address for merchants' questions",
    "opens": "first day of the call, such as 2026-09-01",
    "closes": "last day of the call",
    "decide_by": "day by the end of which all applications are decided",
}
OPTIONAL = {
    "decision_days": "days within which the city wants to decide on each application; default: 14",
    "appeal_notice": "how a merchant can appeal against a rejection, in the city's language",
    "market_days_open": "first day of the Christmas market",
    "market_days_close": "last day of the Christmas market",
    "place": "where the Christmas market is, such as a square",
}


class Command(OperatorCommand):
    help = "Registers cities, changes them and lists them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        register = actions.add_parser("register", help="add a city")
        change = actions.add_parser(
            "change", help="change the given fields; an empty value removes an optional one"
        )
        for action in (register, change):
            action.add_argument("slug", help="the city's name in addresses, such as brasov")
            action.add_argument(
                "--dry-run", action="store_true", help="check the values and save nothing"
            )
        for fields, required in ((FIXED, True), (REQUIRED, True), (OPTIONAL, False)):
            for name, text in fields.items():
                kind = int if name == "decision_days" else str
                register.add_argument(_option(name), required=required, type=kind, help=text)
                if fields is not FIXED:
                    change.add_argument(_option(name), type=kind, help=text)
        for action in (register, change, actions.add_parser("list", help="list all cities")):
            action.add_argument("--json", action="store_true", help="output for scripts")

    def handle(self, *, action: str, **options: Any) -> None:
        as_json = options["json"]
        if action == "list":
            self._show(all_cities(), as_json=as_json)
            return
        known = {*FIXED, *REQUIRED, *OPTIONAL}
        given = {
            name: value or None
            for name, value in options.items()
            if name in known and value is not None
        }
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
            return City(slug, **given)
        raise AlreadyExists(f"{slug} is registered already; `city change {slug}` changes it.")

    def _changed(self, slug: str, given: dict[str, Any]) -> City:
        if not given:
            raise InvalidDetails({"": "Name at least one field to change."})
        # A copy: the cached city stays as it is until the change is saved.
        values: dict[str, Any] = {**get_city(slug).attribute_values, **given}
        return City(**values)

    def _show(self, cities: list[City], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([serialize_city(city) for city in cities], indent=2))
            return
        for city in cities:
            days = city.market_days
            market_days = f"market days {days.opens} to {days.closes}" if days else "no market days"
            self.stdout.write(
                f"{city.slug}  {city.code}  {city.name}: call {city.call_state.label.lower()},"
                f" {city.opens} to {city.closes}, decides by {city.decide_by}; {market_days}"
            )


def serialize_city(city: City) -> dict[str, Any]:
    """Return what the register holds about a city, under its names in JSON."""
    values = {
        str(each.attr_name): getattr(city, name) for name, each in City.get_attributes().items()
    }
    return values | {"decisionDays": int(city.decision_days)}


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
