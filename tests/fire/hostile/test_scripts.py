"""Markup in every text, shown by a real Chromium on every page: nothing of it ever runs.

`browse` fails a test for each report of the content security policy and for each
request to another site. So a page on which the policy alone stopped the attack fails.
"""

import time
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from approvals.review.notes import add_note
from approvals.review.operations import approve_market, request_changes
from core.actors import Actor
from markets.operations import revise_market, submit_market
from tests import factories
from tests.browser.conftest import Browse
from tests.fire.hostile.forms import Scene, new_scene
from tests.fire.report import choose, record
from tests.permissions import TABLE
from tests.test_permissions import address

MARKS = (
    "</script></title></textarea><script>window.hit=1</script><img src=x onerror=window.hit=1>",
    "\" autofocus onfocus='window.hit=1' style='background:url(https://evil.example/x)' x='",
    "<iframe srcdoc='<script>top.hit=1</script>'></iframe><svg onload=window.hit=1>",
    "<base href=https://evil.example/><form action=https://evil.example><input type=submit>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<!--<script> ]]><script>window.hit=1</script>",
    "javascript:window.hit=1//' ; window.hit=1 ; '",
)
REFLECTED = (
    "/sign-in/?next={0}",
    "/city-hall/sign-in/?next={0}",
    "/oidc/merchants/callback/?error={0}&error_description={0}",
    "{city}?q={0}&category={0}&cursor={0}",
    "{queue}?status=submitted&search={0}&assignee={0}&category={0}",
    "{review}?search={0}&template={0}",
    "/{0}/",
)


def marked_scene(mark: str) -> Scene:
    """Put a mark into every text of an application and of what its city adds; approve it."""
    scene, short = new_scene(), mark[:80]
    officer = Actor.officer(str(uuid4()), frozenset([scene.city.slug]), name=short)
    key = scene.market.key
    texts = {
        "name": short,
        "description": mark,
        "legal_name": short,
        "photos": (factories.photo(key.market_id, alt_text=mark),),
    }
    revise_market(scene.owner, key, expected_version=2, details=texts)
    add_note(officer, scene.city.slug, key, note_id=str(uuid4()), text=mark)
    template = {"title": short, "text": mark.replace("{", "(").replace("}", ")")}
    factories.reply_template(officer, scene.city, **template)
    asked = [("marketName", mark[:300])]
    request_changes(officer, scene.city.slug, key, expected_version=3, requests=asked, text=mark)
    submit_market(scene.owner, key, expected_version=4)
    scene.market = approve_market(officer, scene.city.slug, key, expected_version=5)
    return scene


def pages_of(scene: Scene) -> dict[str, list[str]]:
    """Return the pages of the merchant and of the officer that can be opened."""
    shown: dict[str, list[str]] = {"owner": [], "officer": []}
    for route, methods in TABLE.items():
        if route.endswith((".csv", ".xlsx", ".json", ".ics")) or route.startswith("oidc/"):
            continue
        for actor, paths in shown.items():
            if methods["GET"][actor] == "a" and "photos/<int" not in route:
                paths.append(address(route, scene.market))
    return shown


def assert_nothing_ran(page: Page, path: str) -> None:
    assert page.evaluate("window.hit") is None, path
    foreign = "base, iframe, meta[http-equiv], form[action^=http], form[action^='//']"
    assert page.locator(f"{foreign}, [href^=javascript i]").count() == 0, path
    names = "el => el.getAttributeNames().some(name => name.startsWith('on'))"
    assert page.evaluate(f"[...document.querySelectorAll('*')].some({names})") is False, path


@pytest.mark.parametrize("mark", choose(MARKS[:1], MARKS))
def test_stored_markup_does_not_run(browse: Browse, mark: str) -> None:
    scene = marked_scene(mark)
    for actor, client in (("owner", scene.merchant), ("officer", scene.officer)):
        page = browse(client)
        paths, seen = pages_of(scene)[actor], 0
        for path in paths:
            began = time.perf_counter()
            page.goto(path)
            assert_nothing_ran(page, path)
            seen += mark[:30] in page.inner_text("body")
            record(
                "hostile",
                case=f"scripts: {actor}",
                condition="stored",
                outcome="nothing ran",
                seconds=time.perf_counter() - began,
            )
        # The text was there, as text.
        assert seen >= 2


@pytest.mark.parametrize("pattern", REFLECTED)
def test_markup_in_address_does_not_run(browse: Browse, pattern: str) -> None:
    scene = new_scene()
    page = browse(scene.officer)
    for mark in choose(MARKS[:1], MARKS):
        path = pattern.format(
            mark.replace("%", "%25").replace("&", "%26").replace("#", "%23").replace("/", "%2F"),
            city=f"/cities/{scene.city.slug}/",
            queue=f"/city-hall/{scene.city.slug}/",
            review=scene.review,
        )
        began = time.perf_counter()
        page.goto(path)
        assert_nothing_ran(page, path)
        record(
            "hostile",
            case="scripts: address",
            condition="reflected",
            outcome="nothing ran",
            seconds=time.perf_counter() - began,
        )
