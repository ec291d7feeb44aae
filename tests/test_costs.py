"""What each request costs: the exact list of its calls to DynamoDB and Cognito.

The person is signed in, with a session younger than five minutes, and the cached data
(the register of cities, the numbers of a queue) is less than a minute old. Every
address that can be opened is in the tables, so a new address or a new call shows up here.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client

from approvals.reply_templates.models import Occasion
from approvals.reply_templates.operations import add_reply_template
from core.actors import Actor
from core.dynamodb import connection
from identity import cognito
from markets.accounts.transfer import create_code
from markets.cities.models import City
from markets.models import Language, Market
from tests import factories
from tests.clients import sign_in
from tests.markets.applications.pages import hidden
from tests.permissions import TABLE
from tests.test_site import routes
from tests.uploads import arrived

MARKET = "GetItem markets"
HISTORY = "Query history"
MESSAGES = "Query outbox"

PROFILE = "GetItem profiles"
TRANSFER_CODE = "GetItem transfer-codes"
UNSAVED = "GetItem unsaved-forms"
PUBLISHED = ["Query markets by city", "BatchGetItem markets"]

# Opening pages: address → calls, in any order.

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
    "account/": [PROFILE, UNSAVED],
    "account/data/": [],
    "account/delete/": ["Query markets"],
    "account/deleted/": [],
    "markets/": ["Query markets"],
    "markets/apply/<slug:city_slug>/": ["Query markets"],  # how many are under way
    "account/transfer/": [],
    f"{OWN}": [MARKET, HISTORY, MESSAGES],
    f"{OWN}edit/": [MARKET],
    f"{OWN}market/": [MARKET, UNSAVED],
    f"{OWN}goods/": [MARKET, UNSAVED],
    f"{OWN}stall/": [MARKET, UNSAVED],
    f"{OWN}merchant/": [MARKET, UNSAVED],
    f"{OWN}photos/": [MARKET, UNSAVED, "Query uploads"],
    f"{OWN}photos/uploads/<uuid:upload_id>/discard/": [],
    f"{OWN}photos/uploads/<uuid:upload_id>/finish/": [],
    f"{OWN}check/": [MARKET],
    f"{OWN}delete/": [MARKET],
    f"{OWN}again/": [MARKET],
    f"{OWN}versions/<int:number>/": [MARKET, HISTORY],
    f"{OWN}withdraw/": [MARKET],
    "city-hall/": [],
    "city-hall/<slug:city_slug>/": ["Query markets by city"],
    # The file, what was written, the notes, the replies to choose from, the next in
    # the queue, and what else the merchant has applied for.
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

# The merchant's forms: address → calls, in any order. Each asks once whether the session
# still holds, and reads the market at most once.

SESSION = "GetItem sessions"
SAVE_DRAFT = "TransactWriteItems markets"
SAVE_CHANGE = "TransactWriteItems history markets"
BEGIN_DRAFT = ["Query markets", "TransactWriteItems closed-accounts markets references"]
SAVE_PROFILE = "TransactWriteItems closed-accounts profiles"
ERASING_ROUND = [
    "Query sessions by person",
    "UpdateItem email-accounts",
    "Query markets",
    "Query uploads",
    UNSAVED.replace("GetItem", "Query"),
    PROFILE,
]
MERCHANTS_FORMS: dict[str, list[str]] = {
    "markets/apply/<slug:city_slug>/": [SESSION, PROFILE, *BEGIN_DRAFT],
    f"{OWN}market/": [SESSION, MARKET, SAVE_DRAFT],
    f"{OWN}goods/": [SESSION, MARKET, SAVE_DRAFT],
    f"{OWN}stall/": [SESSION, MARKET, SAVE_DRAFT],
    f"{OWN}merchant/": [SESSION, MARKET, SAVE_DRAFT],
    f"{OWN}photos/": [SESSION, MARKET, SAVE_DRAFT],
    f"{OWN}photos/uploads/": [
        SESSION,
        MARKET,
        "Query uploads",
        "TransactWriteItems closed-accounts uploads",
    ],
    f"{OWN}photos/uploads/<uuid:upload_id>/finish/": [
        SESSION,
        MARKET,
        "Query uploads",
        SAVE_DRAFT,
        "TransactWriteItems closed-accounts uploads",
    ],
    f"{OWN}photos/uploads/<uuid:upload_id>/discard/": [
        SESSION,
        MARKET,
        "Query uploads",
        "TransactWriteItems uploads",
    ],
    # The first submission is also remembered as the merchant's profile.
    f"{OWN}check/": [SESSION, MARKET, SAVE_CHANGE, PROFILE, SAVE_PROFILE],
    f"{OWN}delete/": [SESSION, MARKET, "TransactWriteItems markets references"],
    f"{OWN}again/": [SESSION, MARKET, *BEGIN_DRAFT],
    f"{OWN}withdraw/": [SESSION, MARKET, SAVE_CHANGE],
    "account/": [SESSION, PROFILE, SAVE_PROFILE],
    # All that is stored about the merchant.
    "account/data/": [
        SESSION,
        PROFILE,
        "Query sessions by person",
        UNSAVED.replace("GetItem", "Query"),
        "Query uploads",
        "Query markets",
        HISTORY,
        MESSAGES,
        "GetItem closed-accounts",
    ],
    # Close the account, erase in two rounds of which the second finds nothing, record it;
    # then the sign-in at Cognito, and the session.
    "account/delete/": [
        SESSION,
        "TransactWriteItems closed-accounts",
        "TransactWriteItems markets references",
        *ERASING_ROUND,
        *ERASING_ROUND,
        "TransactWriteItems closed-accounts",
        SESSION,
        "GetTokensFromRefreshToken -",
        "RevokeToken -",
        SESSION,
        "DeleteItem sessions",
    ],
    "account/transfer/create-code/": [SESSION, "TransactWriteItems closed-accounts transfer-codes"],
    "account/transfer/redeem/": [SESSION, TRANSFER_CODE, "Query markets"],
}


@contextmanager
def counted() -> Generator[list[str]]:
    """List the calls to DynamoDB and Cognito: each with its tables or index."""
    calls: list[str] = []
    prefix = settings.GARAGE.table_prefix

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        tables = [params["TableName"]] if "TableName" in params else params.get("RequestItems", [])
        for item in params.get("TransactItems", []):
            tables = {*tables, *(part["TableName"] for part in item.values())}
        names = " ".join(sorted(table.removeprefix(prefix) for table in tables)) or "-"
        index = f" by {params['IndexName']}" if "IndexName" in params else ""
        calls.append(f"{model.name} {names}{index}")

    clients = (connection().client, cognito.client())
    for client in clients:
        client.meta.events.register("before-parameter-build", note)
    try:
        yield calls
    finally:
        for client in clients:
            client.meta.events.unregister("before-parameter-build", note)


def read(browser: Client, address: str) -> HttpResponseBase:
    """Open a page and read all of it: some are streamed."""
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
def officer_session(city: City, _static_files: None) -> tuple[Client, Actor]:
    """The browser of an officer, and the officer."""
    client = Client()
    user = sign_in(client, cities=[city.slug])
    return client, user.actor


@pytest.mark.parametrize("route", sorted(routes()))
def test_get_request_makes_exactly_the_listed_calls(
    merchant: Client, officer_session: tuple[Client, Actor], city: City, market: Market, route: str
) -> None:
    officer_browser, officer = officer_session
    reply = add_reply_template(
        officer,
        city.slug,
        template_id=str(uuid4()),
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
        "<int:number>": "2" if "versions" in route else "1",
        "<slug:chart>": "applications",
        "<uuid:upload_id>": str(uuid4()),
        "<slug:language>": "en",
        "<uuid:template_id>": reply.template_id,
    }
    address = f"/{route}"
    for name, value in values.items():
        address = address.replace(name, value)
    read(browser, address)
    with counted() as calls:
        answer = read(browser, address)
    assert answer.status_code < 500
    # Addresses that only accept POST are not in the table.
    only_by_post = answer.status_code == 405
    assert only_by_post or route in COSTS, f"{route} is not in the table. It makes {calls}"
    assert sorted(calls) == sorted(COSTS.get(route, []))


def test_every_listed_route_exists() -> None:
    assert set(COSTS) <= set(routes())


# The merchant's forms


ENTERED: dict[str, dict[str, str]] = {
    "account": {"legal_name": "Maria Crafts SRL"},
    "market": {"name": "Another name"},
    "goods": {"description": "Other goods", "average_price": "9"},
    "stall": {"power_kw": "2.50"},
    "merchant": {"legal_name": "Another name"},
    "photos": {"order": "", "action": "save"},
    "uploads": {"name": "a.jpg", "type": "image/jpeg", "size": "1000"},
}
"""What the merchant enters in a form, besides its hidden fields: by the address's last part."""


@pytest.mark.parametrize("route", sorted(MERCHANTS_FORMS))
def test_merchant_form_makes_exactly_the_listed_calls(
    merchant: Client, maria: Actor, city: City, route: str
) -> None:
    make = factories.submitted if route == f"{OWN}withdraw/" else factories.draft
    market = make(maria, city)
    upload_id = arrived(maria, market) if "upload_id" in route else ""
    values = {
        "<slug:city_slug>": city.slug,
        "<uuid:market_id>": market.market_id,
        "<uuid:upload_id>": upload_id,
    }
    address = f"/{route}"
    for name, value in values.items():
        address = address.replace(name, value)
    page = merchant.get(address)
    data = hidden(page.text) if page.status_code == 200 else {}
    data |= ENTERED.get(route.strip("/").rpartition("/")[2], {})
    if route == f"{OWN}again/":
        data["city"] = city.slug
    if route == "account/transfer/redeem/":
        data["code"] = create_code(factories.merchant())
    if route == "account/delete/":
        data["confirmation"] = "DELETE"
    with counted() as calls:
        answer = merchant.post(address, data)
    assert answer.status_code in {200, 201, 302}
    assert sorted(calls) == sorted(MERCHANTS_FORMS[route])


def test_every_merchant_form_is_listed() -> None:
    accepting = {
        route
        for route, methods in TABLE.items()
        if route.startswith(("account/", "markets/")) and methods["POST"]["owner"] in "an"
    }
    assert set(MERCHANTS_FORMS) == accepting
