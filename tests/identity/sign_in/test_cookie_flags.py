"""The flags of the site's cookies, with https and with http."""

import runpy
from http.cookies import Morsel
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from core.environment import ROOT


@pytest.fixture
def _at_https(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the running site the settings that it would have at https."""
    monkeypatch.setenv("GARAGE_SITE_URL", "https://testserver")
    secure = runpy.run_path(str(ROOT / "garage" / "settings.py"))
    prefixes = ("SESSION_COOKIE", "CSRF_COOKIE", "MESSAGE_", "SECURE_", "ALLOWED_HOSTS")
    for name in secure:
        if name.startswith(prefixes):
            setattr(settings, name, secure[name])


def cookies(client: Client, **request: Any) -> dict[str, Morsel[str]]:
    """Return every cookie that the site sets: of a sign-in, a form and a notice."""
    sent: dict[str, Morsel[str]] = {}
    for answer in (
        client.get("/sign-in/?with=email", **request),
        client.post("/closed/", **request),
        client.get("/noticed/", **request),
    ):
        sent |= answer.cookies
    return sent


@pytest.mark.usefixtures("_at_https")
def test_https_cookies_are_bound_to_host() -> None:
    sent = cookies(Client(), secure=True)
    assert set(sent) == {"__Host-session", "__Host-csrf", "__Host-messages"}
    for name, cookie in sent.items():
        assert name.startswith("__Host-"), name
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert cookie["path"] == "/", name
        assert cookie["domain"] == "", name


def test_http_cookies_are_http_only_and_lax() -> None:
    sent = cookies(Client())
    assert set(sent) == {"session", "csrf", "messages"}
    for cookie in sent.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["domain"] == ""
