"""Sign-in with both app clients through the hosted pages of a real pool, and its attacks."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.conf import settings as site
from django.test import Client
from pytest_django import Settings

from cloud.local.ports import free_port
from core.actors import Actor
from identity.sessions.models import Session
from tests.account import Login, make_person
from tests.clients import sign_in as sign_in_directly
from tests.identity.sessions.cookies import (
    content,
    cookie_of,
    person_in,
    put_cookie,
    record_of,
    rewrite,
)
from tests.identity.sign_in.hosted_pages import answer_hosted_page, path_of, sign_in

MERCHANTS = "/sign-in/?with=email"
OFFICERS = "/city-hall/sign-in/"
CANNOT_CONTINUE = "This sign-in cannot be continued"


@pytest.fixture(scope="module")
def merchant() -> Login:
    return make_person(name="Maria")


@pytest.fixture(scope="module")
def officer() -> Login:
    return make_person("brasov", "vienna", name="Olga")


def actor(client: Client) -> Actor:
    found: Actor = client.get("/signed-out/").context["user"].actor
    return found


def callback(client: Client, person: Login, app_client: str = MERCHANTS) -> str:
    """Sign in at the hosted page; return the callback to which it redirects."""
    return path_of(answer_hosted_page(client.get(app_client)["Location"], person))


def assert_failed(client: Client, address: str, title: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert answer.context["title"] == title
    assert title in answer.text
    assert client.get("/closed/").status_code == 302


def test_authorization_request_has_state_nonce_and_pkce(client: Client) -> None:
    address = urlsplit(client.get("/sign-in/?with=email")["Location"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    (state,) = content(client)["oidc_states"]
    assert address.path == "/oauth2/authorize"
    assert asked["client_id"] == site.GARAGE.merchants.id
    assert asked["redirect_uri"] == f"{site.GARAGE.site_url}/oidc/merchants/callback/"
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["state"] == state
    assert asked["nonce"] == content(client)["oidc_states"][state]["nonce"]
    assert "identity_provider" not in asked


@pytest.mark.usefixtures("_with_facebook")
def test_facebook_sign_in_names_identity_provider(client: Client) -> None:
    asked = parse_qs(urlsplit(client.get("/sign-in/?with=facebook&next=/x")["Location"]).query)
    assert asked["identity_provider"] == ["Facebook"]
    assert asked["client_id"] == [site.GARAGE.merchants.id]


def test_facebook_is_offered_only_if_configured(client: Client) -> None:
    assert "Facebook" not in client.get("/sign-in/").text
    page = client.get("/sign-in/?with=facebook")
    assert page.status_code == 200
    assert page.context["facebook"] is False


@pytest.mark.usefixtures("_with_facebook")
@pytest.mark.parametrize(
    ("following", "expected"),
    [("/markets/apply/brasov/", ["/markets/apply/brasov/"]), ("//evil.example/", None)],
)
def test_sign_in_choices_keep_next_url(
    client: Client, following: str, expected: list[str] | None
) -> None:
    page = client.get("/sign-in/", {"next": following}).text
    links = [urlsplit(unescape(link)) for link in re.findall(r'href="([^"]*)"', page)]
    choices = [parse_qs(link.query) for link in links if "with=" in link.query]
    assert [choice["with"] for choice in choices] == [["email"], ["facebook"]]
    assert [choice.get("next") for choice in choices] == [expected, expected]
    (officers, _) = [parse_qs(link.query) for link in links if link.path == "/city-hall/sign-in/"]
    assert officers.get("next") == expected


def test_merchant_signs_in(client: Client, merchant: Login) -> None:
    answer = sign_in(client, merchant, MERCHANTS)
    assert (answer.status_code, answer["Location"]) == (302, "/markets/")
    assert actor(client) == Actor.merchant(merchant.sub)
    assert person_in(client)["email"] == merchant.email
    assert person_in(client)["name"] == "Maria"
    cookie = answer.cookies[site.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_refresh_token_is_encrypted_and_not_in_cookie(client: Client, merchant: Login) -> None:
    sign_in(client, merchant, MERCHANTS)
    record = record_of(client)
    assert record is not None
    assert record.refresh_token.startswith("gAAAA")  # a Fernet token, not Cognito's
    assert record.refresh_token not in str(dict(content(client).items()))
    assert set(person_in(client)) == {
        "id", "app_client", "sub", "email", "name", "cities", "verified_at",
    }  # fmt: skip


def test_officer_signs_in_with_officers_app_client(client: Client, officer: Login) -> None:
    answer = sign_in(client, officer, OFFICERS)
    assert answer["Location"] == "/city-hall/"
    assert actor(client) == Actor.officer(officer.sub, frozenset({"brasov", "vienna"}), "Olga")


def test_officer_is_merchant_with_merchants_app_client(client: Client, officer: Login) -> None:
    sign_in(client, officer, MERCHANTS)
    assert actor(client) == Actor.merchant(officer.sub)


def test_merchant_is_refused_by_officers_app_client(client: Client, merchant: Login) -> None:
    assert_failed(client, callback(client, merchant, OFFICERS), "This account decides for no city")


@pytest.mark.parametrize("following", ["/markets/", "/cities/brasov/?page=2"])
def test_sign_in_redirects_to_next_url(client: Client, merchant: Login, following: str) -> None:
    app_client = client.get("/sign-in/", {"with": "email", "next": following})
    answer = client.get(path_of(answer_hosted_page(app_client["Location"], merchant)))
    assert answer["Location"] == following


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil",
        "/" + 2000 * "x",
    ],
)
def test_unsafe_next_url_is_ignored(client: Client, merchant: Login, following: str) -> None:
    app_client = client.get("/sign-in/", {"with": "email", "next": following})
    answer = client.get(path_of(answer_hosted_page(app_client["Location"], merchant)))
    assert answer["Location"] == "/markets/"


def test_second_of_two_pending_sign_ins_names_signed_in_person(
    client: Client, merchant: Login
) -> None:
    first = client.get("/sign-in/?with=email&next=/first/")["Location"]
    second = client.get("/sign-in/?with=email&next=/second/")["Location"]
    assert len(content(client)["oidc_states"]) == 2
    assert client.get(path_of(answer_hosted_page(first, merchant)))["Location"] == "/first/"
    late = client.get(path_of(answer_hosted_page(second, merchant)))
    assert late.context["title"] == CANNOT_CONTINUE
    assert "You are signed in as Maria" in late.text


def test_pending_sign_ins_fit_into_cookie(client: Client) -> None:
    for number in range(12):
        client.get(f"/sign-in/?with=email&next=/{number}/{600 * 'x'}")
    assert len(content(client)["oidc_states"]) == 5
    assert len(cookie_of(client)) < 4000


@pytest.mark.parametrize(
    "query",
    ["", "?code=made-up", "?code=made-up&state=made-up", "?state=", "?error=access_denied"],
)
@pytest.mark.parametrize("app_client", ["merchants", "officers"])
def test_callback_without_pending_sign_in_is_refused(
    client: Client, app_client: str, query: str
) -> None:
    assert_failed(client, f"/oidc/{app_client}/callback/{query}", CANNOT_CONTINUE)


def test_unexpected_callback_keeps_current_session(client: Client) -> None:
    """Otherwise any page could sign people out, with an image at this address."""
    user = sign_in_directly(client)
    client.get("/oidc/merchants/callback/?error=access_denied")
    client.get("/oidc/merchants/callback/?code=x&state=y")
    assert client.post("/closed/").json()["id"] == user.sub


def test_callback_in_other_browser_is_refused(client: Client, merchant: Login) -> None:
    """The same check protects a victim from being signed in as the attacker."""
    address = callback(client, merchant)
    assert_failed(Client(), address, CANNOT_CONTINUE)


def test_replayed_callback_is_refused(client: Client, merchant: Login) -> None:
    address = callback(client, merchant)
    before = cookie_of(client)
    assert client.get(address).status_code == 302
    assert client.get(address).context["title"] == CANNOT_CONTINUE
    attacker = Client()
    put_cookie(attacker, before)
    assert_failed(attacker, address, CANNOT_CONTINUE)


def test_callback_to_other_app_client_is_refused(
    client: Client, officer: Login, settings: Settings
) -> None:
    """The code is not sent to Cognito, which would not answer here."""
    address = callback(client, officer, MERCHANTS)
    settings.OIDC_OP_TOKEN_ENDPOINT = f"http://127.0.0.1:{free_port()}/oauth2/token"
    assert_failed(client, address.replace("merchants", "officers"), CANNOT_CONTINUE)


@pytest.mark.usefixtures("_with_facebook")
def test_cancelled_sign_in_is_reported(client: Client) -> None:
    client.get("/sign-in/?with=facebook")
    (state,) = content(client)["oidc_states"]
    address = f"/oidc/merchants/callback/?error=access_denied&state={state}"
    assert_failed(client, address, "You have not signed in")
    assert content(client)["oidc_states"] == {}


def test_provider_error_description_is_not_shown(client: Client) -> None:
    client.get(MERCHANTS)
    (state,) = content(client)["oidc_states"]
    address = f"/oidc/merchants/callback/?error=server_error&error_description=Click&state={state}"
    answer = client.get(address)
    assert answer.context["title"] == "We could not sign you in"
    assert "Click" not in answer.text


@pytest.mark.parametrize(
    ("part", "title"),
    [("nonce", "We could not sign you in"), ("code_verifier", CANNOT_CONTINUE)],
)
def test_wrong_nonce_or_code_verifier_is_refused(
    client: Client, merchant: Login, part: str, title: str
) -> None:
    address = callback(client, merchant)
    store = content(client)
    for begun in store["oidc_states"].values():
        begun[part] = "x" * 64
    rewrite(client, store)
    assert_failed(client, address, title)


def test_sign_in_can_be_retried_after_cognito_outage(
    client: Client, merchant: Login, settings: Settings
) -> None:
    address = callback(client, merchant)
    working = settings.OIDC_OP_TOKEN_ENDPOINT
    settings.OIDC_OP_TOKEN_ENDPOINT = f"http://127.0.0.1:{free_port()}/oauth2/token"
    answer = client.get(address)
    assert answer.status_code == 503
    assert "The sign-in service does not answer at the moment" in answer.text
    settings.OIDC_OP_TOKEN_ENDPOINT = working
    assert client.get(address)["Location"] == "/markets/"


def test_sign_in_replaces_previous_session(client: Client, merchant: Login) -> None:
    """A cookie that an attacker set is not valid after the victim has signed in."""
    first = callback(client, merchant)
    planted = cookie_of(client)
    client.get(first)
    assert cookie_of(client) != planted
    assert "oidc_states" not in content(client)
    before = record_of(client)
    assert before is not None
    sign_in(client, merchant, MERCHANTS)
    assert person_in(client)["id"] != before.id
    assert Session.current(before.id) is None


def test_sign_in_as_other_person_ends_previous_session(
    client: Client, merchant: Login, officer: Login
) -> None:
    sign_in(client, merchant, MERCHANTS)
    before = person_in(client)["id"]
    sign_in(client, officer, OFFICERS)
    assert actor(client).id == officer.sub
    assert Session.current(before) is None


def test_django_force_login_creates_no_session(client: Client) -> None:
    user = sign_in_directly(Client())
    client.force_login(user, backend="identity.sign_in.backend.OfficersBackend")
    assert client.get("/closed/").status_code == 302


def test_wrong_password_stays_on_hosted_page(client: Client, merchant: Login) -> None:
    page = requests.get(client.get(MERCHANTS)["Location"], timeout=10)
    assert page.status_code == 200
    with pytest.raises(AssertionError):
        # pragma: allowlist nextline secret
        answer_hosted_page(page.url, Login(sub="", email=merchant.email, password="wrong"))
