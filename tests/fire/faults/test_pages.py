"""Every page while each call of AWS is slow: shown, or a clear refusal, within ten seconds."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pytest_django import Settings

from tests import factories
from tests.fire.faults.people import People
from tests.fire.faults.proxy import Proxy, slow
from tests.fire.report import choose, record
from tests.permissions import TABLE
from tests.test_permissions import ANY_ID, address

BUDGET, DELAY, LONGEST = choose((0.8, 0.45, 5.0), (8.0, 4.5, 10.0))
"""Seconds: of a request, of each call, and until every page must have answered."""

PAGES = sorted(route for route, methods in TABLE.items() if "a" in methods["GET"].values())
VISITORS = 6  # at a time


def prepared(route: str) -> tuple[str, Any, str]:
    """Return a page, the browser of somebody who may see it, and its path."""
    people = People()
    make = factories.draft if route.endswith(("check/", "delete/")) else factories.approved
    market = make(people.maria, people.city)
    template = factories.reply_template(people.officer, people.city)
    path = address(route, market)
    if "<uuid:template_id>" in route:
        path = path.replace(ANY_ID, template.template_id)
    browser = people.city_hall if route.startswith("city-hall/") else people.merchant
    return route, browser, path


@pytest.mark.usefixtures("_static_files")
def test_slow_aws_page_answers_within_budget(proxy: Proxy, settings: Settings) -> None:
    """Each city is new, so that nothing is known about it yet."""
    waiting = [prepared(route) for route in PAGES]
    settings.REQUEST_SECONDS = BUDGET

    def open_page(page: tuple[str, Any, str]) -> tuple[str, Any, float]:
        route, browser, path = page
        started = time.monotonic()
        answer = browser.get(path)
        if answer.streaming:
            b"".join(answer.streaming_content)
        seconds = time.monotonic() - started
        answer.close()
        return route, answer, seconds

    with proxy.under(slow(DELAY)), ThreadPoolExecutor(VISITORS) as visitors:
        seen = list(visitors.map(open_page, waiting))
    for route, answer, seconds in seen:
        outcome = str(answer.status_code)
        record("pages", case=f"/{route}", condition="slow", outcome=outcome, seconds=seconds)
    assert {route: seconds for route, _, seconds in seen if seconds >= LONGEST} == {}
    refused = {route: answer for route, answer, _ in seen if answer.status_code >= 500}
    assert {answer.status_code for answer in refused.values()} == {503}
    assert {route for route, answer in refused.items() if "Retry-After" not in answer} <= {"readyz"}


@pytest.mark.usefixtures("_static_files")
def test_pages_recover_when_aws_does(proxy: Proxy, settings: Settings) -> None:
    route, browser, path = prepared(
        "city-hall/<slug:city_slug>/markets/<uuid:user_id>/<uuid:market_id>/"
    )
    settings.REQUEST_SECONDS = BUDGET
    with proxy.under(slow(DELAY)):
        assert browser.get(path).status_code == 503, route
    settings.REQUEST_SECONDS = 8.0
    assert browser.get(path).status_code == 200
