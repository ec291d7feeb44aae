"""The site as a whole: access, health, headers, logging and settings."""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pythonjsonlogger.json import JsonFormatter

from core.environment import ROOT
from markets.cities.models import City
from tests.account import SessionAccount

# Every page that is open to visitors; all others redirect to the sign-in.
PUBLIC = {
    "",
    "healthz",
    "readyz",
    "sign-in/",
    "city-hall/sign-in/",
    "oidc/merchants/callback/",
    "oidc/officers/callback/",
    "sign-out/",
    "signed-out/",
    "account/deleted/",
    "cities/<slug:city_slug>/",
    "cities/<slug:city_slug>/programme.json",
    "cities/<slug:city_slug>/market-days.ics",
}
SOMEBODY = "7f3c9a52-4a5e-4c0e-9d0c-0f6a2f9b1c11"


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern, route)


@pytest.mark.parametrize("route", sorted(routes()))
def test_visitor_reaches_only_public_pages(visitor: Client, city: City, route: str) -> None:
    url = "/" + route.replace("<slug:city_slug>", city.slug)
    for kind, value in {"uuid": SOMEBODY, "slug": "en", "int": "2"}.items():
        url = re.sub(rf"<{kind}:\w+>", value, url)
    app_client = "/city-hall/sign-in/" if route.startswith("city-hall/") else "/sign-in/"
    closed = route not in PUBLIC
    shown = visitor.get(url)
    assert shown.headers.get("Location", "").startswith(f"{app_client}?next=") == closed
    sent = visitor.post(url, {"name": "Lime wood"})
    assert ("You are no longer signed in" in sent.text) == closed
    assert (f'href="{app_client}?next=%2Fsigned-in%2F" target="_blank"' in sent.text) == closed
    assert max(shown.status_code, sent.status_code) < 500


def test_healthz_answers_ok(visitor: Client) -> None:
    response = visitor.get("/healthz")
    assert response.json() == {"status": "ok"}
    assert "no-store" in response.headers["Cache-Control"]


def test_readyz_reports_all_dependencies_ok(visitor: Client) -> None:
    response = visitor.get("/readyz")
    assert response.json() == {"status": "ok", "table": "ok", "bucket": "ok", "issuer": "ok"}


def test_readyz_reports_503_if_dependencies_are_down() -> None:
    """In its own process, whose AWS endpoint is a closed port."""
    program = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "response = Client().get('/readyz', headers={'host': 'localhost'})\n"
        "print(response.status_code, response.content.decode())\n"
    )
    ran = subprocess.run(  # noqa: S603 - this file names the program
        [sys.executable, "-c", program],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "garage.settings",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "GARAGE_JWKS_URL": "http://127.0.0.1:9/jwks.json",
        },
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    status, body = ran.stdout.split(" ", 1)
    answer = json.loads(body)
    assert status == "503"
    assert answer["status"] == "unavailable"
    assert {part for part, state in answer.items() if state == "ok"} == set()


def test_response_has_security_headers(visitor: Client) -> None:
    headers = visitor.get("/").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert len(headers["X-Request-Id"]) == 32


def test_form_without_csrf_token_is_refused_with_explanation(city: City) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/sign-out/")
    assert response.status_code == 403
    assert "no longer valid" in response.content.decode()


def test_get_request_to_post_only_address_shows_405_page(officer: Client, city: City) -> None:
    """For example after a reload or from the browser's history."""
    opened = officer.get(f"/city-hall/{city.slug}/bulk/")
    assert (opened.status_code, opened.headers["Allow"]) == (405, "POST")
    assert "It only accepts forms." in opened.text


def test_request_log_omits_query_string(visitor: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Query strings contain codes of sign-ins and search terms."""
    visitor.get("/oidc/merchants/callback/?code=secret-code&state=none")
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    ours = next(each for each in formatters if isinstance(each, JsonFormatter))
    lines = [ours.format(record) for record in caplog.records]
    assert any("/oidc/merchants/callback/" in line for line in lines)
    assert not any("secret-code" in line for line in lines)


def test_start_fails_and_names_all_missing_variables() -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GARAGE_", "AWS_"))
    }
    ran = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=environment | {"GARAGE_ENV_FILE": os.devnull, "GARAGE_DEBUG": "perhaps"},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("Garage cannot start")
    documented = {
        line.split("=")[0]
        for line in (ROOT / ".env.example").read_text().splitlines()
        if "=" in line and not line.startswith("#")
    }
    optional = {
        "GARAGE_SECRETS",
        "GARAGE_SECRET_KEY_FALLBACKS",
        "GARAGE_LOG_LEVEL",
        "GARAGE_FACEBOOK",
        "GARAGE_RETENTION_YEARS",
    }
    for name in documented - optional:
        assert name in ran.stderr
    for name in optional:
        assert name not in ran.stderr


def test_site_process_does_not_have_root_key(account: SessionAccount) -> None:
    key = account.operator.key
    assert key
    assert key.id not in os.environ.values()
    assert key.secret not in os.environ.values()
