"""The site's OpenID client and an independent, OpenID-certified provider: `make test-oidc`.

The other tests sign in at the embedded Cognito, which may have the same errors as
the site. Not collected by default, since it needs Node.
"""

import json
import subprocess
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from django.test import Client as Browser
from pytest_django import Settings

from cloud.local.ports import LOOPBACK, free_port
from core.environment import STATE, ClientCredentials
from identity import tokens
from identity.app_clients import MERCHANTS, OFFICERS
from identity.errors import SignInFailed
from tests.identity.sessions.cookies import content, person_in, rewrite
from tests.identity.sign_in.hosted_pages import Form, path_of

FOLDER = STATE / "oidc-provider"
BY_EMAIL = "/sign-in/?with=email"
CITY_HALL = "/city-hall/sign-in/"
CLIENTS = {
    "merchants": ClientCredentials(id="merchants", secret="a-secret-of-the-merchants-client"),
    "officers": ClientCredentials(id="officers", secret="a-secret-of-the-officers-client"),
}


@dataclass(frozen=True)
class Provider:
    issuer: str

    def answer(self, address: str, login: str) -> str:
        """Sign in as `login` at its pages; return the callback to which it sends the browser."""
        browser = requests.Session()
        page = browser.get(address, timeout=10)
        assert page.status_code == 200, page.text
        form = Form(page.text)
        # pragma: allowlist nextline secret
        data = {**form.fields, "login": login, "password": "any"}
        step = urljoin(page.url, form.action)
        answer = browser.post(step, data=data, allow_redirects=False, timeout=10)
        while (location := answer.headers["Location"]).startswith((self.issuer, "/")):
            answer = browser.get(urljoin(step, location), allow_redirects=False, timeout=10)
        return path_of(location)

    def cancel(self, address: str) -> str:
        """Cancel at its page; return the callback to which it redirects."""
        browser = requests.Session()
        page = browser.get(address, timeout=10)
        answer = browser.get(f"{page.url}/abort", allow_redirects=False, timeout=10)
        while (location := answer.headers["Location"]).startswith((self.issuer, "/")):
            answer = browser.get(urljoin(page.url, location), allow_redirects=False, timeout=10)
        return path_of(location)


@pytest.fixture(scope="module")
def running() -> Generator[Provider]:
    port = free_port()
    configuration = {
        "port": port,
        "clients": [
            {"id": client.id, "secret": client.secret, "callback": app_client.callback_url}
            for app_client, client in (
                (MERCHANTS, CLIENTS["merchants"]),
                (OFFICERS, CLIENTS["officers"]),
            )
        ],
    }
    process = subprocess.Popen(  # noqa: S603 - our own program
        ["node", "provider.mjs", json.dumps(configuration)],  # noqa: S607 - wherever Node is
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        assert any(line == "ready\n" for line in process.stdout), "the provider did not start"
        yield Provider(f"http://{LOOPBACK}:{port}")
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture(autouse=True)
def provider(running: Provider, settings: Settings) -> Generator[Provider]:
    """Use the provider in place of the user pool."""
    settings.ROOT_URLCONF = "tests.identity.urls"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.GARAGE = replace(
        settings.GARAGE,
        oidc_issuer=running.issuer,
        jwks_url=f"{running.issuer}/jwks",
        **CLIENTS,
    )
    settings.OIDC_OP_AUTHORIZATION_ENDPOINT = f"{running.issuer}/auth"
    settings.OIDC_OP_TOKEN_ENDPOINT = f"{running.issuer}/token"
    tokens.keys.forget()
    yield running
    tokens.keys.forget()


def callback(browser: Browser, provider: Provider, app_client: str, login: str) -> str:
    return provider.answer(browser.get(app_client)["Location"], login)


def failure(browser: Browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 400
    assert browser.get("/closed/").status_code == 302
    title: str = answer.context["title"]
    return title


def tamper(browser: Browser, part: str, value: str) -> None:
    """Change a value of the pending sign-in in the browser's cookie."""
    store = content(browser)
    for begun in store["oidc_states"].values():
        begun[part] = value
    rewrite(browser, store)


def exchange(provider: Provider, browser: Browser, app_client: str, login: str) -> dict[str, Any]:
    """Sign in, and get the tokens as the site would."""
    address = callback(browser, provider, app_client, login)
    code = parse_qs(urlsplit(address).query)["code"][0]
    (begun,) = content(browser)["oidc_states"].values()
    own = OFFICERS if app_client == CITY_HALL else MERCHANTS
    answer = requests.post(
        f"{provider.issuer}/token",
        auth=(own.credentials.id, own.credentials.secret),
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": own.callback_url,
            "code_verifier": begun["code_verifier"],
        },
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return {**answer.json(), "nonce": begun["nonce"]}


def test_merchant_signs_in(client: Browser, provider: Provider) -> None:
    answer = client.get(callback(client, provider, BY_EMAIL, "maria"))
    assert (answer.status_code, answer["Location"]) == (302, "/markets/")
    assert client.post("/closed/").json() == {"kind": "merchant", "id": "maria", "cities": []}
    assert person_in(client)["email"] == "maria@example.com"


def test_officer_signs_in(client: Browser, provider: Provider) -> None:
    answer = client.get(callback(client, provider, CITY_HALL, "officer"))
    assert answer["Location"] == "/city-hall/"
    assert client.post("/closed/").json() == {
        "kind": "officer", "id": "officer", "cities": ["brasov"],
    }  # fmt: skip


def test_officer_sign_in_without_group_is_refused(client: Browser, provider: Provider) -> None:
    address = callback(client, provider, CITY_HALL, "maria")
    assert failure(client, address) == "This account decides for no city"


def test_wrong_nonce_is_refused(client: Browser, provider: Provider) -> None:
    address = callback(client, provider, BY_EMAIL, "maria")
    tamper(client, "nonce", "x" * 32)
    assert failure(client, address) == "We could not sign you in"


def test_wrong_code_verifier_is_refused(client: Browser, provider: Provider) -> None:
    address = callback(client, provider, BY_EMAIL, "maria")
    tamper(client, "code_verifier", "x" * 64)
    assert failure(client, address) == "This sign-in cannot be continued"


def test_token_for_other_audience_is_refused(client: Browser, provider: Provider) -> None:
    issued = exchange(provider, client, CITY_HALL, "officer")
    assert tokens.verify(issued["id_token"], OFFICERS, nonce=issued["nonce"])["sub"] == "officer"
    with pytest.raises(SignInFailed) as refused:
        tokens.verify(issued["id_token"], MERCHANTS, nonce=issued["nonce"])
    assert refused.value.cause == "InvalidAudienceError"


def test_code_of_other_app_client_is_refused(client: Browser, provider: Provider) -> None:
    """The code of the officers' client, with a state of the merchants' client."""
    code = parse_qs(urlsplit(callback(client, provider, CITY_HALL, "officer")).query)["code"][0]
    browser = Browser()
    state = parse_qs(urlsplit(browser.get(BY_EMAIL)["Location"]).query)["state"][0]
    address = f"/oidc/merchants/callback/?code={code}&state={state}"
    assert failure(browser, address) == "This sign-in cannot be continued"


def test_access_token_is_refused_as_id_token(client: Browser, provider: Provider) -> None:
    issued = exchange(provider, client, BY_EMAIL, "maria")
    with pytest.raises(SignInFailed):
        tokens.verify(issued["access_token"], MERCHANTS, nonce=issued["nonce"])


def test_authorization_code_works_once(client: Browser, provider: Provider) -> None:
    address = callback(client, provider, BY_EMAIL, "maria")
    before = content(client)
    assert client.get(address).status_code == 302
    attacker = Browser()
    rewrite(attacker, before)
    assert failure(attacker, address) == "This sign-in cannot be continued"


def test_wrong_client_secret_is_refused(
    client: Browser, provider: Provider, settings: Settings
) -> None:
    address = callback(client, provider, BY_EMAIL, "maria")
    wrong = ClientCredentials(id="merchants", secret="guessed")
    settings.GARAGE = replace(settings.GARAGE, merchants=wrong)
    assert failure(client, address) == "This sign-in cannot be continued"


def test_cancelled_sign_in_is_reported(client: Browser, provider: Provider) -> None:
    address = provider.cancel(client.get(BY_EMAIL)["Location"])
    assert failure(client, address) == "You have not signed in"
