"""The headers of every response: private pages are not stored, security headers are set."""

import runpy
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client

from core.actors import Actor
from core.environment import ROOT
from markets.cities.models import City
from markets.models import Market
from tests import factories
from tests.identity.sessions.cookies import age
from tests.test_permissions import address
from tests.test_site import routes

PAGE = "cities/<slug:city_slug>/"
FEEDS = {f"{PAGE}programme.json", f"{PAGE}market-days.ics"}
"""What everybody reads there is the same. The page is, for visitors."""
DOWNLOADS = {"application/json", "text/calendar"}

STRICT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FEATURES = {
    "accelerometer",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "microphone",
    "payment",
    "usb",
}
CLOSED = ("default-src", "base-uri", "frame-ancestors")
OPEN_TO = {
    "script-src": {settings.MEDIA_ORIGIN},
    "style-src": {settings.MEDIA_ORIGIN},
    "font-src": {settings.MEDIA_ORIGIN},
    "img-src": {"'self'", settings.MEDIA_ORIGIN},
    "connect-src": {"'self'", settings.MEDIA_ORIGIN},
    "form-action": {"'self'", settings.GARAGE.oidc_url},
}
"""All that a page may load or send to: no inline code, no other site, no wildcard."""


@pytest.fixture
def market(maria: Actor, city: City) -> Market:
    return factories.approved(maria, city)


def assert_strict(answer: HttpResponseBase, *, public: bool, varies: set[str]) -> None:
    """Check all headers of an answer; `public` is whether it may be stored."""
    headers = answer.headers
    answer.close()
    assert {name: headers.get(name) for name in STRICT} == STRICT
    cors = headers.get("Access-Control-Allow-Origin")
    shared = headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert (cors == "*") == shared
    assert shared or headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert set(headers["Permissions-Policy"].split(", ")) == {f"{name}=()" for name in FEATURES}
    policy = dict(
        rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";")
    )
    assert {name: policy.pop(name) for name in CLOSED} == dict.fromkeys(CLOSED, "'none'")
    assert {name: set(sources.split()) for name, sources in policy.items()} == OPEN_TO
    if public:
        assert headers["Cache-Control"] == "public, max-age=0, s-maxage=60, must-revalidate"
    else:
        assert headers["Cache-Control"] in {
            "private, no-store",
            "max-age=0, no-cache, no-store, must-revalidate, private",
        }
    assert {name for name in headers.get("Vary", "").split(", ") if name} == varies


def answers(client: Client, path: str, **request: Any) -> Iterator[HttpResponseBase]:
    yield client.get(path, **request)
    yield client.head(path, **request)
    yield client.post(path, **request)
    yield client.put(path, **request)


@pytest.mark.parametrize("route", sorted(routes()))
def test_security_headers_are_set_and_only_public_pages_cached(
    visitor: Client, merchant: Client, officer: Client, market: Market, route: str
) -> None:
    people = {"visitor": visitor, "merchant": merchant, "officer": officer}
    for name, client in people.items():
        for answer in answers(client, address(route, market)):
            page = route == PAGE and name == "visitor"
            public = answer.status_code == 200 and (page or route in FEEDS)
            shared = public and page
            assert_strict(answer, public=public, varies={"Cookie"} if shared else set())
            assert "Strict-Transport-Security" not in answer.headers  # the site is at http


@pytest.mark.parametrize("route", sorted({PAGE} | FEEDS))
def test_cacheable_response_sets_no_cookie(merchant: Client, market: Market, route: str) -> None:
    """Not even for a session whose claims are so old that the next page renews its cookie."""
    age(merchant, seconds=600)
    answer = merchant.get(address(route, market))
    assert answer.status_code == 200
    # Its refresh token is unknown to Cognito, so the session ends.
    assert bool(answer.cookies) == (route == PAGE)
    assert answer.headers["Cache-Control"].startswith("public") == (route != PAGE)


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize(
    ("path", "request_headers", "status"),
    [
        ("/no-such-page/", {}, 404),
        ("/markets", {}, 301),
        ("/", {"host": "elsewhere.example"}, 400),
        ("/", {"host": "a b"}, 400),
        ("/cities/no-such-city/", {}, 404),
        ("/cities/%00/", {}, 404),
    ],
)
def test_error_responses_have_security_headers(
    path: str, request_headers: dict[str, str], status: int
) -> None:
    answer = Client().get(path, headers=request_headers)
    assert answer.status_code == status
    assert_strict(answer, public=False, varies=set())


@pytest.fixture
def _at_https(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the running site the settings that it would have at https."""
    monkeypatch.setenv("GARAGE_SITE_URL", "https://testserver")
    secure = runpy.run_path(str(ROOT / "garage" / "settings.py"))
    for name, value in secure.items():
        if name.startswith(("SECURE_", "ALLOWED_HOSTS", "SESSION_COOKIE", "CSRF_COOKIE")):
            setattr(settings, name, value)


@pytest.mark.usefixtures("_static_files", "_at_https")
@pytest.mark.parametrize("path", ["/", "/markets/", "/no-such-page/", "/healthz"])
def test_hsts_is_sent_at_https(path: str) -> None:
    answer = Client().get(path, headers={"x-forwarded-proto": "https"})
    year = 365 * 24 * 3600
    policy = answer.headers["Strict-Transport-Security"]
    assert policy == f"max-age={year}; includeSubDomains; preload"
    assert_strict(answer, public=False, varies=set())


@pytest.mark.usefixtures("_static_files", "_at_https")
def test_plain_http_redirects_without_hsts() -> None:
    """The header of the gateway decides; without https it promises nothing."""
    answer = Client().get("/markets/", headers={"x-forwarded-proto": "http"})
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://testserver/markets/")
    assert "Strict-Transport-Security" not in answer.headers
    assert_strict(answer, public=False, varies=set())
    wrong = Client().get("/", headers={"x-forwarded-proto": "http", "host": "elsewhere.example"})
    assert wrong.status_code == 400
    assert_strict(wrong, public=False, varies=set())
