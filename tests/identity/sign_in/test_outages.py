"""Cognito down or slow, at each step: the page says so within seconds and loses no input."""

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

NO_ANSWER = "The sign-in service does not answer at the moment"
STALE = 301  # seconds
MAX_SECONDS = 4.0  # seconds that a page takes here; the time-outs are a fraction of one


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
    """The merchant's browser, signed in before the outage."""
    sign_in(client, merchant, "/sign-in/?with=email")
    return client


@contextmanager
def short_timeouts(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> Generator[None]:
    """Inside the block, Cognito's API is at `endpoint` and time-outs are short."""
    with monkeypatch.context() as patch:
        patch.setattr(attempts, "READ_TIMEOUT", 0.2)
        patch.setattr(cognito, "READ_TIMEOUT", 0.2)
        patch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", endpoint)
        cognito.client.cache_clear()
        tokens.keys.forget()
        yield
    cognito.client.cache_clear()
    tokens.keys.forget()


def test_cognito_timeouts_are_a_few_seconds() -> None:
    """A renewal is tried twice."""
    assert calls.http_timeout() == (1.0, 5.0)
    assert cognito.ATTEMPTS == 2
    config = cognito.client().meta.config
    assert (config.connect_timeout, config.read_timeout) == (1.0, 5.0)  # type: ignore[attr-defined]


def test_slow_token_endpoint_gives_503_and_can_be_retried(
    client: Client, merchant: Login, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    begun = client.get("/sign-in/?with=email&next=/account/transfer/")
    address = path_of(answer_hosted_page(begun["Location"], merchant))
    with short_timeouts(monkeypatch, slow), override_settings(OIDC_OP_TOKEN_ENDPOINT=slow):
        started = time.monotonic()
        answer = client.get(address)
        assert time.monotonic() - started < MAX_SECONDS
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert NO_ANSWER in answer.text
    # The pending sign-in is not lost: loading the page again continues it.
    assert client.get(address)["Location"] == "/account/transfer/"


@pytest.mark.parametrize("how", ["slow", "down"])
def test_unavailable_signing_keys_give_503(
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
    assert time.monotonic() - started < MAX_SECONDS
    tokens.keys.forget()
    assert answer.status_code == 503
    assert NO_ANSWER in answer.text
    assert client.get("/closed/").status_code == 302


def test_slow_renewal_gives_503_and_keeps_session(
    browser: Client, merchant: Login, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    age(browser, STALE)
    before = cookie_of(browser)
    with short_timeouts(monkeypatch, slow):
        started = time.monotonic()
        read, sent = browser.get("/closed/"), browser.post("/closed/", {"name": "Lime wood"})
        assert time.monotonic() - started < 2 * MAX_SECONDS
    for answer in (read, sent):
        assert answer.status_code == 503
        assert NO_ANSWER in answer.text
    assert 'name="name" value="Lime wood"' in sent.text
    # Nobody is signed out by it.
    assert cookie_of(browser) == before
    assert record_of(browser)
    assert browser.post("/closed/").json()["id"] == merchant.sub


def test_fresh_session_works_during_outage(
    browser: Client, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    with short_timeouts(monkeypatch, slow):
        assert browser.get("/closed/").status_code == 200
        assert browser.post("/closed/").status_code == 200


def test_sign_out_does_not_wait_for_cognito(
    browser: Client, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    with short_timeouts(monkeypatch, slow):
        started = time.monotonic()
        assert browser.post("/sign-out/").status_code == 302
        assert time.monotonic() - started < MAX_SECONDS
    assert cookie_of(browser) == ""


def test_sign_in_redirect_needs_no_answer_from_cognito(client: Client, settings: Settings) -> None:
    """Nor from DynamoDB: the site builds the address by itself."""
    settings.GARAGE = replace(settings.GARAGE, jwks_url="http://127.0.0.1:9/")
    assert client.get("/sign-in/?with=email").status_code == 302


def test_user_info_endpoint_is_not_called(client: Client, settings: Settings) -> None:
    """Groups are in tokens only, and `email_verified` is a string there."""
    settings.OIDC_OP_USER_ENDPOINT = "http://127.0.0.1:9/oauth2/userInfo"
    officer = make_person("brasov")
    sign_in(client, officer, "/city-hall/sign-in/")
    assert client.get("/closed/").json()["cities"] == ["brasov"]


def test_invalid_key_set_raises_unavailable(settings: Settings, slow: str) -> None:
    settings.GARAGE = replace(settings.GARAGE, jwks_url=f"{settings.GARAGE.site_url}/nowhere")
    tokens.keys.forget()
    with pytest.raises(SignInUnavailable):
        tokens.keys.key("any")
    tokens.keys.forget()
