"""Every address for every kind of actor, compared with the table in tests/permissions.py."""

import re

import pytest
from django.http import HttpResponseBase
from django.test import Client

from approvals.statistics.charts import CHARTS
from core.actors import Actor
from identity.app_clients import OFFICERS
from markets.cities.models import City
from markets.models import Market
from tests import factories
from tests.clients import sign_in
from tests.permissions import ACTORS, OUTCOMES, TABLE
from tests.test_site import routes

ANY_ID = "7f3c9a52-4a5e-4c0e-9d0c-0f6a2f9b1c11"
REFUSED = {403: "f", 404: "n", 405: "x"}


def actors(city: City, owner: Actor) -> dict[str, Client]:
    """Return the browsers of everybody in the table, in its order."""
    clients = {name: Client() for name in ACTORS}
    clients["machine"] = Client(headers={"authorization": "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AA"})
    sign_in(clients["owner"], sub=owner.id)
    sign_in(clients["merchant"])
    sign_in(clients["officer"], cities=[city.slug])
    sign_in(clients["elsewhere"], cities=[factories.make_city().slug])
    sign_in(clients["powerless"], app_client=OFFICERS)
    return clients


def address(route: str, market: Market, *, city_slug: str = "") -> str:
    values = {
        "city_slug": city_slug or market.city,
        "user_id": market.user_id,
        "market_id": market.market_id,
        "language": "en",
        "number": str(market.version) if "versions/" in route else "1",
        "chart": next(iter(CHARTS)),
    }
    return "/" + re.sub(r"<\w+:(\w+)>", lambda found: values.get(found[1], ANY_ID), route)


def outcome(response: HttpResponseBase) -> str:
    response.close()  # what is streamed holds a file
    location = response.headers.get("Location", "")
    if location.startswith("/city-hall/sign-in/?next="):
        return "h"
    if location.startswith("/sign-in/?next="):
        return "m"
    assert response.status_code < 500
    return REFUSED.get(response.status_code, "a")


def test_permission_table_lists_exactly_all_routes() -> None:
    assert set(routes()) == set(TABLE)
    for methods in TABLE.values():
        for outcomes in methods.values():
            assert set(outcomes.values()) <= set(OUTCOMES)


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize("route", TABLE)
def test_permissions_match_table(city: City, route: str) -> None:
    """Forms name the current version, so that only permissions decide who may act."""
    owner = factories.merchant()
    market = factories.submitted(owner, city)
    factories.reply_template(factories.officer(city.slug), city, template_id=ANY_ID)
    clients, path = actors(city, owner), address(route, market)
    read = {name: outcome(client.get(path)) for name, client in clients.items()}
    assert read == TABLE[route]["GET"]

    sent = {"expected_version": "2", "assignee": ""}
    expected = TABLE[route]["POST"]
    # Actors who are allowed come last: until then nothing must have changed.
    for name in sorted(clients, key=lambda name: expected[name] == "a"):
        if expected[name] == "a":
            break
        assert (name, outcome(clients[name].post(path, sent))) == (name, expected[name])
    saved = Market.get(*market.key, consistent_read=True)
    assert saved.serialize() == market.serialize()
    admitted = {name: outcome(clients[name].post(path, sent)) for name in clients}
    assert {n: o for n, o in admitted.items() if expected[n] == "a"} == {
        n: "a" for n, o in expected.items() if o == "a"
    }


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize("route", [route for route in TABLE if "user_id" in route])
def test_other_city_application_is_not_found_under_own_city(city: City, route: str) -> None:
    """The pages of an officer's own city do not show another city's application."""
    market = factories.submitted(factories.merchant(), city)
    own, client = factories.make_city(), Client()
    sign_in(client, cities=[own.slug])
    path = address(route, market, city_slug=own.slug)
    for method, respond in (("GET", client.get), ("POST", client.post)):
        met = outcome(respond(path, {"expected_version": "2"}))
        assert met == ("x" if TABLE[route][method]["officer"] == "x" else "n")
    assert Market.get(*market.key, consistent_read=True).version == 2
