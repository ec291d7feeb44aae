"""What each POST of the city hall's pages costs: its calls of DynamoDB and Cognito, exactly.

Beside what a POST itself asks for, each one checks the session (`GetItem sessions`).
Cities, colleagues and counts were read less than a minute ago. No application is
read twice, except where an operation refused it: to find whether it is done already,
and to show why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from approvals.queue.selection import BulkAction, SelectedMarket, sign_selection
from approvals.reply_templates.models import ReplyTemplate
from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from tests import factories
from tests.clients import sign_in
from tests.test_costs import counted
from tests.test_site import routes

CITY = "city-hall/<slug:city_slug>/"
REVIEW = f"{CITY}markets/<uuid:user_id>/<uuid:market_id>/"
TEMPLATE = f"{CITY}reply-templates/<slug:language>/<uuid:template_id>/"

SESSION = "GetItem sessions"
MARKET = "GetItem markets"
SENT_BEFORE = [MARKET, "Query history"]
"""Whether the next version is what this officer sends: then it is done already."""
SELECTED = "BatchGetItem markets"
QUEUE = "Query markets by city"
DECIDE = "TransactWriteItems history markets outbox"
ADD_NOTE = "TransactWriteItems markets notes"
TEMPLATES = ReplyTemplate.Meta.table_name.removeprefix(settings.GARAGE.table_prefix)
SAVE_TEMPLATE = f"TransactWriteItems {TEMPLATES}"
# The review, without the application itself.
REVIEW_PAGE = [
    "Query history",
    "Query outbox",
    "Query notes",
    f"Query {TEMPLATES}",
    QUEUE,
    "Query markets",
]


@dataclass(frozen=True)
class Data:
    """What a form can be about."""

    officer: Actor
    market: Market
    template: ReplyTemplate

    @property
    def version(self) -> dict[str, Any]:
        return {"expected_version": int(self.market.version or 0)}

    def selection(self, version: int | None = None) -> dict[str, str]:
        selected = SelectedMarket.of(self.market)
        if version is not None:
            selected = selected._replace(version=version)
        action = BulkAction.APPROVE
        return {"selection": sign_selection(self.officer, self.market.city, action, [selected])}


@dataclass(frozen=True)
class Post:
    """A form that is sent, and what it costs beside the check of the session."""

    case: str
    route: str
    form: Callable[[Data], dict[str, Any]]
    calls: list[str]
    status: int = 302
    decided: bool = False


STALE = {"expected_version": 1}
REJECTION = {"reason_code": "no_space", "text": "No space."}
TEXTS = {"occasion": "reject", "title": "No space", "text": "No space."}

POSTS = [
    # The queue
    Post("assign", f"{REVIEW}assign/", lambda it: it.version, [MARKET, "UpdateItem markets"]),
    Post("assign without a version", f"{REVIEW}assign/", lambda _: {}, []),
    Post("assign a newer version", f"{REVIEW}assign/", lambda _: STALE, [MARKET]),
    Post(
        "preview a selection",
        f"{CITY}bulk/",
        lambda it: {"action": "approve", "selected": str(SelectedMarket.of(it.market))},
        [SELECTED],
        200,
    ),
    Post(
        "preview the list",
        f"{CITY}bulk/",
        lambda _: {"action": "reject", "scope": "list"},
        [QUEUE, SELECTED],
        200,
    ),
    Post("preview nothing", f"{CITY}bulk/", lambda _: {"action": "reject"}, [QUEUE], 422),
    Post("confirm", f"{CITY}bulk/confirm/", lambda it: it.selection(), [MARKET, DECIDE], 200),
    Post(
        "confirm a newer version",
        f"{CITY}bulk/confirm/",
        lambda it: it.selection(version=1),
        [MARKET, *SENT_BEFORE, SELECTED],
        200,
    ),
    Post("confirm nothing", f"{CITY}bulk/confirm/", lambda _: {}, []),
    # The review
    Post("approve", f"{REVIEW}approve/", lambda it: it.version, [MARKET, DECIDE, QUEUE]),
    Post(
        "preview an approval",
        f"{REVIEW}approve/",
        lambda it: it.version | {"preview": "1"},
        [MARKET, *REVIEW_PAGE],
        200,
    ),
    Post(
        "approve a newer version",
        f"{REVIEW}approve/",
        lambda _: STALE,
        [MARKET, *SENT_BEFORE, MARKET, *REVIEW_PAGE],
        409,
    ),
    Post("reject", f"{REVIEW}reject/", lambda it: it.version | REJECTION, [MARKET, DECIDE, QUEUE]),
    Post(
        "reject without a reason",
        f"{REVIEW}reject/",
        lambda it: it.version,
        [MARKET, *REVIEW_PAGE],
        422,
    ),
    Post(
        "request changes",
        f"{REVIEW}request-changes/",
        lambda it: it.version | {"ask_photos": "One more."},
        [MARKET, DECIDE, QUEUE],
    ),
    Post(
        "undo",
        f"{REVIEW}undo/",
        lambda it: it.version,
        [MARKET, "Query outbox", DECIDE],
        decided=True,
    ),
    Post(
        "undo an older version",
        f"{REVIEW}undo/",
        lambda _: STALE,
        [MARKET, MARKET, MARKET, *REVIEW_PAGE],
        409,
        decided=True,
    ),
    Post(
        "note",
        f"{REVIEW}notes/",
        lambda _: {"note_id": str(uuid4()), "text": "Called them."},
        [MARKET, ADD_NOTE],
    ),
    Post("empty note", f"{REVIEW}notes/", lambda _: {}, [MARKET, *REVIEW_PAGE], 422),
    # Reply templates
    Post(
        "add a template",
        f"{CITY}reply-templates/add/",
        lambda _: TEXTS | {"template_id": str(uuid4()), "language": "en"},
        [SAVE_TEMPLATE],
    ),
    Post("add an empty template", f"{CITY}reply-templates/add/", lambda _: {"title": ""}, [], 422),
    Post(
        "revise a template",
        TEMPLATE,
        lambda _: TEXTS | {"expected_version": 1},
        [f"GetItem {TEMPLATES}", SAVE_TEMPLATE],
    ),
    Post("revise without a text", TEMPLATE, lambda _: {}, [f"GetItem {TEMPLATES}"], 422),
    Post(
        "delete a template",
        f"{TEMPLATE}delete/",
        lambda _: {"expected_version": 1},
        [f"GetItem {TEMPLATES}", SAVE_TEMPLATE],
    ),
]


@pytest.fixture
def browser(_static_files: None) -> Client:
    return Client()


@pytest.fixture
def data(browser: Client, maria: Actor, city: City, request: pytest.FixtureRequest) -> Data:
    """An application and a reply template of the city, with all caches filled."""
    officer = sign_in(browser, cities=[city.slug]).actor
    decided = getattr(request, "param", False)
    market = (factories.approved if decided else factories.submitted)(maria, city)
    template = factories.reply_template(officer, city)
    made = Data(officer, market, template)
    for route in (CITY, REVIEW):
        assert browser.get(path(route, made)).status_code == 200
    return made


def path(route: str, data: Data) -> str:
    values = {
        "<slug:city_slug>": data.market.city,
        "<uuid:user_id>": data.market.user_id,
        "<uuid:market_id>": data.market.market_id,
        "<int:number>": "1",
        "<slug:chart>": "open",
        "<slug:language>": "en",
        "<uuid:template_id>": data.template.template_id,
    }
    for name, value in values.items():
        route = route.replace(name, value)
    return f"/{route}"


@pytest.mark.parametrize(
    ("data", "post"),
    [pytest.param(post.decided, post, id=post.case) for post in POSTS],
    indirect=["data"],
)
def test_post_makes_exactly_the_listed_calls(browser: Client, data: Data, post: Post) -> None:
    form = post.form(data)
    with counted() as calls:
        response = browser.post(path(post.route, data), form)
    assert response.status_code == post.status
    assert sorted(calls) == sorted([SESSION, *post.calls])


def test_every_post_route_is_listed(browser: Client, data: Data) -> None:
    found = {
        route
        for route in routes()
        if route.startswith(CITY) and browser.post(path(route, data)).status_code != 405
    }
    assert found == {post.route for post in POSTS}
