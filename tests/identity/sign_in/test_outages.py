"""Cognito down or slow, at each step: said within seconds, and nothing is lost by it."""

import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.test import Client, override_settings
from pytest_django import Settings

from core import calls
from core.calls import attempts
from identity import cognito, tokens
from identity.errors import SignInUnavailable
from tests.account import Login, make_person
from tests.identity.sessions.cookies import age, cookie_of, record_of
from tests.identity.sign_in.hosted_pages import answer_hosted_page, path_of, sign_in

SILENT = "The sign-in service does not answer at the moment"
STALE = 301  # seconds
MOST = 4.0  # seconds that a page takes here; the time-outs are a fraction of one


@pytest.fixture(scope="module")
def merchant() -> Login:
    return make_person(name="Maria")


@pytest.fixture
def slow() -> Generator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def browser(client: Client, merchant: Login) -> Client:
    """The merchant's, signed in while Cognito still answered."""
    sign_in(client, merchant, "/sign-in/?with=email")
    return client


@contextmanager
def impatience(monkeypatch: pytest.MonkeyPatch, cognitos: str) -> Generator[None]:
    """Inside, Cognito's API is at that address, and time-outs are too short to wait for."""
    with monkeypatch.context() as short:
        short.setattr(attempts, "READ_TIMEOUT", 0.2)
        short.setattr(cognito, "READ_TIMEOUT", 0.2)
        short.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", cognitos)
        cognito.client.cache_clear()
        tokens.keys.forget()
        yield
    cognito.client.cache_clear()
    tokens.keys.forget()


def test_nobody_waits_longer_than_some_seconds() -> None:
    """One answer's worth; a renewal is tried twice."""
    assert calls.http_timeout() == (1.0, 5.0)
    assert cognito.ATTEMPTS == 2
    config = cognito.client().meta.config
    assert (config.connect_timeout, config.read_timeout) == (1.0, 5.0)  # type: ignore[attr-defined]


def test_the_token_endpoint_is_slow(
    client: Client, merchant: Login, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    begun = client.get("/sign-in/?with=email&next=/account/transfer/")
    address = path_of(answer_hosted_page(begun["Location"], merchant))
    with impatience(monkeypatch, slow), override_settings(OIDC_OP_TOKEN_ENDPOINT=slow):
        started = time.monotonic()
        answer = client.get(address)
        assert time.monotonic() - started < MOST
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert SILENT in answer.text
    # The sign-in under way is kept: loading the page again goes on with it.
    assert client.get(address)["Location"] == "/account/transfer/"


@pytest.mark.parametrize("how", ["slow", "down"])
def test_the_keys_cannot_be_had(
    client: Client,
    merchant: Login,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    slow: str,
    how: str,
) -> None:
    address = path_of(answer_hosted_page(client.get("/sign-in/?with=email")["Location"], merchant))
    nowhere = slow if how == "slow" else "http://127.0.0.1:9/"
    settings.GARAGE = replace(settings.GARAGE, jwks_url=nowhere)
    monkeypatch.setattr(attempts, "READ_TIMEOUT", 0.5)  # the token endpoint does answer in time
    tokens.keys.forget()
    started = time.monotonic()
    answer = client.get(address)
    assert time.monotonic() - started < MOST
    tokens.keys.forget()
    assert answer.status_code == 503
    assert SILENT in answer.text
    assert client.get("/closed/").status_code == 302


def test_a_renewal_is_slow(
    browser: Client, merchant: Login, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    age(browser, STALE)
    before = cookie_of(browser)
    with impatience(monkeypatch, slow):
        started = time.monotonic()
        read, sent = browser.get("/closed/"), browser.post("/closed/", {"name": "Lime wood"})
        assert time.monotonic() - started < 2 * MOST
    for answer in (read, sent):
        assert answer.status_code == 503
        assert SILENT in answer.text
    assert 'name="name" value="Lime wood"' in sent.text
    # Nobody is signed out by it.
    assert cookie_of(browser) == before
    assert record_of(browser)
    assert browser.post("/closed/").json()["id"] == merchant.sub


def test_a_fresh_session_does_not_notice(
    browser: Client, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    with impatience(monkeypatch, slow):
        assert browser.get("/closed/").status_code == 200
        assert browser.post("/closed/").status_code == 200


def test_signing_out_does_not_wait_for_it(
    browser: Client, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    with impatience(monkeypatch, slow):
        started = time.monotonic()
        assert browser.post("/sign-out/").status_code == 302
        assert time.monotonic() - started < MOST
    assert cookie_of(browser) == ""


def test_the_way_to_cognito_needs_no_answer_of_it(client: Client, settings: Settings) -> None:
    """Nor of DynamoDB: the page is only an address that the site makes up."""
    settings.GARAGE = replace(settings.GARAGE, jwks_url="http://127.0.0.1:9/")
    assert client.get("/sign-in/?with=email").status_code == 302


def test_user_info_is_never_asked(client: Client, settings: Settings) -> None:
    """Groups are in tokens only, and `email_verified` would be a word there."""
    settings.OIDC_OP_USER_ENDPOINT = "http://127.0.0.1:9/oauth2/userInfo"
    officer = make_person("brasov")
    sign_in(client, officer, "/city-hall/sign-in/")
    assert client.get("/closed/").json()["cities"] == ["brasov"]


def test_an_answer_that_is_no_key_set(settings: Settings, slow: str) -> None:
    settings.GARAGE = replace(settings.GARAGE, jwks_url=f"{settings.GARAGE.site_url}/nowhere")
    tokens.keys.forget()
    with pytest.raises(SignInUnavailable):
        tokens.keys.key("any")
    tokens.keys.forget()
