"""What each page costs: the questions it asks of DynamoDB, and none of them for the session.

A person is signed in, with a session younger than five minutes, and what the
process keeps for a minute (the register of cities, the figures of a queue) was
read less than a minute ago. Every address that can be opened is in the table:
who adds one says what it costs, and whoever makes one dearer, too.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from approvals.models import Occasion
from approvals.replies import add_reply
from garage.actors import Actor
from garage.dynamodb import connection
from garage.identity import cognito
from markets.cities import City
from markets.models import Language, Market
from tests import factories
from tests.clients import sign_in
from tests.test_site import routes

MARKET = "GetItem markets"
HISTORY = "Query history"
MESSAGES = "Query outbox"

# Address → what is asked, in any order. Where nothing stands, nothing is asked.
REVIEW = "city-hall/<slug:city_slug>/markets/<uuid:user_id>/<uuid:market_id>/"
COSTS: dict[str, list[str]] = {
    "": [],
    "healthz": [],
    "readyz": ["Query markets"],
    "sign-in/": [],
    "city-hall/sign-in/": [],
    "oidc/merchants/callback/": [],
    "oidc/officers/callback/": [],
    "signed-in/": [],
    "signed-out/": [],
    "sessions/": ["Query sessions by person"],
    "cities/<slug:city_slug>/": ["Query markets by city", "BatchGetItem markets"],
    "markets/": ["Query markets"],
    "markets/apply/<slug:city_slug>/": [],
    "markets/move/": [],
    "markets/<uuid:market_id>/": [MARKET, HISTORY],
    "markets/<uuid:market_id>/edit/": [MARKET],
    "markets/<uuid:market_id>/withdraw/": [MARKET],
    "city-hall/": [],
    "city-hall/<slug:city_slug>/": ["Query markets by city"],
    # The file, what was written, the notes, the replies to choose from, the next in
    # the queue, and what else the merchant has applied for.
    REVIEW: [
        MARKET,
        HISTORY,
        MESSAGES,
        "Query notes",
        "Query replies",
        "Query markets by city",
        "Query markets",
    ],
    f"{REVIEW}photos/<int:number>/": [MARKET],
    f"{REVIEW}case-file/": [MARKET, HISTORY, MESSAGES],
    f"{REVIEW}case-file.json": [MARKET, HISTORY, MESSAGES],
    "city-hall/<slug:city_slug>/replies/": ["Query replies"],
    "city-hall/<slug:city_slug>/replies/add/": [],
    "city-hall/<slug:city_slug>/replies/<slug:language>/<uuid:reply_id>/": ["GetItem replies"],
    "city-hall/<slug:city_slug>/replies/<slug:language>/<uuid:reply_id>/delete/": [
        "GetItem replies"
    ],
}


@contextmanager
def counted() -> Generator[list[str]]:
    """Note what DynamoDB and Cognito are asked: the action, and the table or index."""
    asked: list[str] = []
    prefix = settings.GARAGE.table_prefix

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        tables = [params["TableName"]] if "TableName" in params else params.get("RequestItems", [])
        for table in tables or ["-"]:
            index = f" by {params['IndexName']}" if "IndexName" in params else ""
            asked.append(f"{model.name} {table.removeprefix(prefix)}{index}")

    clients = (connection().client, cognito.client())
    for client in clients:
        client.meta.events.register("before-parameter-build", note)
    try:
        yield asked
    finally:
        for client in clients:
            client.meta.events.unregister("before-parameter-build", note)


@pytest.fixture
def market(city: City, maria: Actor) -> Market:
    """A market with a history, a photo, and a decision that has been told."""
    return factories.approved(maria, city)


@pytest.fixture
def desk(city: City, _static_files: None) -> tuple[Client, Actor]:
    """The browser of an officer, and who that is."""
    client = Client()
    user = sign_in(client, cities=[city.slug])
    return client, user.actor


@pytest.mark.parametrize("route", sorted(routes()))
def test_a_page_asks_for_its_data_and_for_nothing_else(
    merchant: Client, desk: tuple[Client, Actor], city: City, market: Market, route: str
) -> None:
    officer_browser, officer = desk
    reply = add_reply(
        officer,
        city.slug,
        reply_id=str(uuid4()),
        language=Language.EN,
        occasion=Occasion.REJECT,
        title="No space",
        text="We have no space left.",
    )
    browser = officer_browser if route.startswith("city-hall/") else merchant
    values = {
        "<slug:city_slug>": city.slug,
        "<uuid:user_id>": market.user_id,
        "<uuid:market_id>": market.market_id,
        "<int:number>": "1",
        "<slug:language>": "en",
        "<uuid:reply_id>": reply.reply_id,
    }
    address = f"/{route}"
    for name, value in values.items():
        address = address.replace(name, value)
    browser.get(address)
    with counted() as asked:
        answer = browser.get(address)
    assert answer.status_code < 500
    # What only takes a POST is not in the table.
    assert sorted(asked) == sorted(COSTS[route] if answer.status_code != 405 else [])
    assert (route in COSTS) == (answer.status_code != 405)


def test_the_table_names_no_address_that_is_not_there() -> None:
    assert set(COSTS) <= set(routes())
