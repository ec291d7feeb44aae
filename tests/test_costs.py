"""What each page costs: the questions it asks of DynamoDB, and none of them for the session.

A person is signed in, with a session younger than five minutes, and what the
process keeps for a minute (the register of cities, the counts of a queue) was
read less than a minute ago. Every address that can be opened is in the table:
who adds one says what it costs, and whoever makes one dearer, too.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client

from core.actors import Actor
from core.dynamodb import connection
from identity import cognito
from markets.cities.models import City
from markets.models import Market
from tests import factories
from tests.clients import sign_in
from tests.test_site import routes

MARKET = "GetItem markets"
HISTORY = "Query history"
MESSAGES = "Query outbox"

TYPED = "GetItem unsaved-forms"
PUBLISHED = ["Query markets by city", "BatchGetItem markets"]

# Address → what is asked, in any order. Where nothing stands, nothing is asked.
OWN = "markets/<uuid:market_id>/"
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
    "cities/<slug:city_slug>/": PUBLISHED,
    "cities/<slug:city_slug>/programme.json": PUBLISHED,
    "cities/<slug:city_slug>/market-days.ics": [],
    "account/": ["GetItem profiles", TYPED],
    "account/data/": [],
    "account/delete/": ["Query markets"],
    "account/deleted/": [],
    "markets/": ["Query markets"],
    "markets/apply/<slug:city_slug>/": ["Query markets"],  # how many are under way
    "account/transfer/": [],
    f"{OWN}": [MARKET, HISTORY, MESSAGES],
    f"{OWN}edit/": [MARKET],
    f"{OWN}market/": [MARKET, TYPED],
    f"{OWN}goods/": [MARKET, TYPED],
    f"{OWN}house/": [MARKET, TYPED],
    f"{OWN}merchant/": [MARKET, TYPED],
    f"{OWN}photos/": [MARKET, TYPED, "Query uploads"],
    f"{OWN}photos/uploads/<uuid:upload_id>/discard/": [],
    f"{OWN}photos/uploads/<uuid:upload_id>/finish/": [],
    f"{OWN}check/": [MARKET],
    f"{OWN}delete/": [MARKET],
    f"{OWN}again/": [MARKET],
    f"{OWN}versions/<int:number>/": [MARKET, HISTORY],
    f"{OWN}withdraw/": [MARKET],
    "city-hall/": [],
    "city-hall/<slug:city_slug>/": ["Query markets by city"],
    # The application, its messages, the notes, the reply templates, the position in the
    # queue, and the merchant's other applications.
    REVIEW: [
        MARKET,
        HISTORY,
        MESSAGES,
        "Query notes",
        "Query reply-templates",
        "Query markets by city",
        "Query markets",
    ],
    f"{REVIEW}photos/<int:number>/": [MARKET],
    f"{REVIEW}case-file/": [MARKET, HISTORY, MESSAGES],
    f"{REVIEW}case-file.json": [MARKET, HISTORY, MESSAGES],
    "city-hall/<slug:city_slug>/statistics/": [],
    "city-hall/<slug:city_slug>/statistics/<slug:chart>.csv": [],
    "city-hall/<slug:city_slug>/applications.csv": PUBLISHED,
    "city-hall/<slug:city_slug>/applications.xlsx": PUBLISHED,
    "city-hall/<slug:city_slug>/reply-templates/": ["Query reply-templates"],
    "city-hall/<slug:city_slug>/reply-templates/add/": [],
    "city-hall/<slug:city_slug>/reply-templates/<slug:language>/<uuid:template_id>/": [
        "GetItem reply-templates"
    ],
    "city-hall/<slug:city_slug>/reply-templates/<slug:language>/<uuid:template_id>/delete/": [
        "GetItem reply-templates"
    ],
}
FOR_DRAFTS = {f"{OWN}check/", f"{OWN}delete/", f"{OWN}photos/", f"{OWN}market/"}


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


def read(browser: Client, address: str) -> HttpResponseBase:
    """Open a page to its end: some are made while they are sent."""
    answer: Any = browser.get(address)
    if answer.streaming:
        list(answer.streaming_content)
    answer.close()
    return answer  # type: ignore[no-any-return]


@pytest.fixture
def market(city: City, maria: Actor, route: str) -> Market:
    """A market of Maria's: one with a history and a decision, if the page is not for drafts."""
    make = factories.draft if route in FOR_DRAFTS else factories.approved
    return make(maria, city)


@pytest.fixture
def city_hall(city: City, _static_files: None) -> tuple[Client, Actor]:
    """The browser of an officer, and who that is."""
    client = Client()
    user = sign_in(client, cities=[city.slug])
    return client, user.actor


@pytest.mark.parametrize("route", sorted(routes()))
def test_a_page_asks_for_its_data_and_for_nothing_else(
    merchant: Client, city_hall: tuple[Client, Actor], city: City, market: Market, route: str
) -> None:
    officer_browser, officer = city_hall
    template = factories.reply_template(officer, city)
    browser = officer_browser if route.startswith("city-hall/") else merchant
    values = {
        "<slug:city_slug>": city.slug,
        "<uuid:user_id>": market.user_id,
        "<uuid:market_id>": market.market_id,
        "<int:number>": "2" if "versions" in route else "1",
        "<slug:chart>": "applications-per-day",
        "<uuid:upload_id>": str(uuid4()),
        "<slug:language>": "en",
        "<uuid:template_id>": template.template_id,
    }
    address = f"/{route}"
    for name, value in values.items():
        address = address.replace(name, value)
    read(browser, address)
    with counted() as asked:
        answer = read(browser, address)
    assert answer.status_code < 500
    # What only takes a POST is not in the table.
    only_by_post = answer.status_code == 405
    assert only_by_post or route in COSTS, f"{route} is not in the table. It asks {asked}"
    assert sorted(asked) == sorted(COSTS.get(route, []))


def test_the_table_names_no_address_that_is_not_there() -> None:
    assert set(COSTS) <= set(routes())
