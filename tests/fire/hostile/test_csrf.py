"""Every form without the token that belongs to it, or from another site, is refused."""

import time
from typing import Any

import pytest
from django.test import Client

from markets.cities.models import City
from markets.models import Market
from tests import factories
from tests.clients import sign_in
from tests.fire.report import choose, record
from tests.permissions import TABLE
from tests.test_permissions import address

TOKEN = "csrfmiddlewaretoken"
ROUTES = sorted(route for route, methods in TABLE.items() if "a" in methods["POST"].values())
ELSEWHERE = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}


def token_in(page: str) -> str:
    return page.split(f'name="{TOKEN}" value="', 1)[1].split('"', 1)[0]


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize("route", ROUTES)
def test_form_from_other_site_is_refused(route: str, city: City, maria: Any) -> None:
    market = factories.submitted(maria, city)
    person, stranger = (Client(enforce_csrf_checks=True) for _ in range(2))
    if TABLE[route]["POST"]["officer"] == "a" and route.startswith("city-hall/"):
        sign_in(person, cities=[city.slug])
    else:
        sign_in(person, sub=maria.id)
    own = token_in(person.get("/sessions/").text)
    sign_in(stranger)
    foreign = token_in(stranger.get("/sessions/").text)
    path, fields = address(route, market), {"expected_version": "2", "text": "secret-of-a-form"}
    attempts: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "no token": (fields, {}),
        "an invented token": ({**fields, TOKEN: "x" * 64}, {}),
        "the token of somebody else": ({**fields, TOKEN: foreign}, {}),
        "from elsewhere": ({**fields, TOKEN: own}, ELSEWHERE),
        "from nowhere": ({**fields, TOKEN: own}, {"origin": "null"}),
        "in a header, from elsewhere": (fields, {**ELSEWHERE, "x-csrftoken": own}),
    }
    for attempt in choose(("no token", "from elsewhere"), tuple(attempts)):
        data, headers = attempts[attempt]
        began = time.perf_counter()
        answer = person.post(path, data, headers=headers)
        record(
            "hostile",
            case=f"csrf: POST /{route}",
            condition=attempt,
            outcome=str(answer.status_code),
            seconds=time.perf_counter() - began,
        )
        assert answer.status_code == 403, attempt
        if "elsewhere" in attempt:
            assert "secret-of-a-form" not in answer.text
    assert Market.get(*market.key, consistent_read=True).serialize() == market.serialize()
