"""Sessions: trusted while fresh, checked before every write, ended by time-outs and sign-out."""

import runpy
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from cloud.local.ports import free_port
from core.environment import ROOT
from identity import cognito, encryption
from identity.app_clients import APP_CLIENTS, AppClient
from identity.models import User
from identity.sessions.models import Session
from tests.account import Login, SessionAccount, make_person
from tests.clients import sign_in as sign_in_directly
from tests.identity.sessions.cookies import (
    age,
    age_cookie,
    cookie_of,
    person_in,
    put_cookie,
    record_of,
)
from tests.identity.sign_in.hosted_pages import sign_in

RENEWAL = ["consistent GetItem", "GetTokensFromRefreshToken", "UpdateItem"]
STALE = 301  # seconds
OFFICERS = "/city-hall/sign-in/"


@pytest.fixture
def officer(client: Client) -> Login:
    """An officer of Brasov, signed in through the hosted pages."""
    officer = make_person("brasov")
    sign_in(client, officer, OFFICERS)
    return officer


def other_browser(client: Client) -> Client:
    """Return a client that holds a copy of this one's session cookie."""
    other = Client()
    put_cookie(other, cookie_of(client))
    return other


def assert_ended(client: Client) -> None:
    answer = client.post("/closed/")
    assert (answer.status_code, answer.context["sign_in_url"]) == (
        403,
        "/sign-in/?next=%2Fsigned-in%2F",
    )
    assert cookie_of(client) == ""


def test_visitor_is_anonymous_without_aws_calls(client: Client, calls: list[str]) -> None:
    anonymous = {"kind": "anonymous", "id": "", "cities": []}
    assert client.get("/open/").json() == client.post("/open/").json() == anonymous
    assert client.get("/closed/").status_code == 302
    assert calls == []


def test_fresh_session_needs_no_aws_calls(client: Client, officer: Login, calls: list[str]) -> None:
    expected = {"kind": "officer", "id": officer.sub, "cities": ["brasov"]}
    for answer in (client.get("/closed/"), client.get("/open/"), client.head("/closed/")):
        assert answer.status_code == 200
        assert not answer.cookies
    assert client.get("/closed/").json() == expected
    assert calls == []


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_every_write_reads_session_record(client: Client, calls: list[str], method: str) -> None:
    sign_in_directly(client)
    calls.clear()
    assert getattr(client, method)("/closed/").status_code == 200
    assert calls == ["consistent GetItem"]


def test_stale_claims_are_renewed(client: Client, officer: Login, calls: list[str]) -> None:
    before = record_of(client)
    assert before is not None
    age(client, STALE)
    calls.clear()
    assert client.get("/closed/").json()["cities"] == ["brasov"]
    assert calls == RENEWAL
    calls.clear()
    assert client.get("/closed/").status_code == 200
    assert calls == []
    after = record_of(client)
    assert after is not None
    assert after.expires_at == before.expires_at
    assert encryption.decrypt(after.refresh_token) == encryption.decrypt(before.refresh_token)


def test_claims_are_trusted_for_five_minutes(client: Client, calls: list[str]) -> None:
    sign_in_directly(client)
    calls.clear()
    age(client, 290)
    calls.clear()
    assert client.get("/closed/").status_code == 200
    assert calls == []


def test_write_with_stale_claims_renews_them_first(
    client: Client, officer: Login, calls: list[str]
) -> None:
    age(client, STALE)
    calls.clear()
    assert client.post("/closed/").json()["cities"] == ["brasov"]
    assert calls == RENEWAL


def test_claims_renewed_by_other_tab_are_not_renewed_again(
    client: Client, officer: Login, calls: list[str]
) -> None:
    age_cookie(client, STALE)
    calls.clear()
    assert client.get("/closed/").status_code == 200
    assert calls == ["consistent GetItem"]
    assert person_in(client)["verified_at"] == int(record_of(client).verified_at)  # type: ignore[union-attr]


def test_cities_follow_cognito_groups(
    client: Client, officer: Login, account: SessionAccount
) -> None:
    pool = {"UserPoolId": account.pool, "Username": officer.email}
    make_person("vienna")  # so that there is the group
    account.operator.cognito.admin_add_user_to_group(**pool, GroupName="city-hall:vienna")
    age(client, STALE)
    assert client.get("/closed/").json()["cities"] == ["brasov", "vienna"]
    for city in ("brasov", "vienna"):
        account.operator.cognito.admin_remove_user_from_group(**pool, GroupName=f"city-hall:{city}")
    assert client.get("/closed/").json()["cities"] == ["brasov", "vienna"]
    age(client, STALE)
    assert client.get("/closed/").json()["cities"] == []
    assert record_of(client).cities is None  # type: ignore[union-attr]


def test_write_uses_cities_of_session_record(
    client: Client, officer: Login, account: SessionAccount
) -> None:
    """A copied cookie has no permission that the record has lost."""
    copy = other_browser(client)
    account.operator.cognito.admin_remove_user_from_group(
        UserPoolId=account.pool, Username=officer.email, GroupName="city-hall:brasov"
    )
    age(client, STALE)
    assert client.get("/closed/").json()["cities"] == []
    assert copy.post("/closed/").json()["cities"] == []


def test_groups_do_not_count_with_merchants_app_client(
    client: Client, account: SessionAccount
) -> None:
    person = make_person("brasov")
    sign_in(client, person, "/sign-in/?with=email")
    age(client, STALE)
    assert client.post("/closed/").json() == {"kind": "merchant", "id": person.sub, "cities": []}


@pytest.mark.parametrize("how", ["admin_user_global_sign_out", "admin_disable_user"])
def test_refused_refresh_ends_session(
    client: Client, officer: Login, account: SessionAccount, how: str
) -> None:
    record = record_of(client)
    assert record is not None
    if how == "admin_disable_user":
        account.operator.cognito.admin_disable_user(UserPoolId=account.pool, Username=officer.email)
    else:
        cognito.revoke(APP_CLIENTS["officers"], encryption.decrypt(record.refresh_token))
    age(client, STALE)
    assert client.get("/closed/").status_code == 302
    assert Session.current(record.id) is None
    assert cookie_of(client) == ""


def test_sign_out_ends_session_and_revokes_token(
    client: Client, officer: Login, settings: Settings
) -> None:
    record = record_of(client)
    assert record is not None
    answer = client.post("/sign-out/")
    garage = settings.GARAGE
    assert answer.status_code == 302
    assert answer["Location"].startswith(
        f"{garage.oidc_url}/logout?client_id={garage.officers.id}&logout_uri=http%3A%2F%2F"
    )
    assert cookie_of(client) == ""
    assert Session.current(record.id) is None
    with pytest.raises(cognito.Refused):
        cognito.renew(APP_CLIENTS["officers"], encryption.decrypt(record.refresh_token))
    assert "You are signed out" in client.get("/signed-out/").text


def test_copied_cookie_cannot_write_after_sign_out(client: Client, officer: Login) -> None:
    captured = other_browser(client)
    client.post("/sign-out/")
    assert captured.get("/closed/").status_code == 200
    assert_ended(other_browser(captured))
    age_cookie(captured, STALE)
    assert captured.get("/closed/").status_code == 302


def test_sign_out_needs_post_and_csrf_token(client: Client) -> None:
    sign_in_directly(client)
    assert client.get("/sign-out/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    put_cookie(strict, cookie_of(client))
    assert strict.post("/sign-out/").status_code == 403
    assert client.post("/closed/").status_code == 200


def test_sign_out_without_session_redirects_to_cognito(client: Client, settings: Settings) -> None:
    answer = client.post("/sign-out/")
    assert answer["Location"].startswith(f"{settings.GARAGE.oidc_url}/logout?")


def test_session_ends_at_absolute_timeout(client: Client) -> None:
    """DynamoDB deletes expired items some time later."""
    sign_in_directly(client)
    record = record_of(client)
    assert record is not None
    record.update(actions=[Session.expires_at.set(datetime.now(UTC) - timedelta(seconds=1))])
    assert_ended(client)


@pytest.mark.parametrize("app_client", APP_CLIENTS.values(), ids=APP_CLIENTS)
def test_session_ends_at_idle_timeout(client: Client, app_client: AppClient) -> None:
    cities = ["brasov"] if app_client.grants_city_roles else []
    sign_in_directly(client, cities=cities)
    idle_seconds = int(app_client.idle_timeout.total_seconds())
    age(client, idle_seconds - 60)
    assert record_of(client)
    age(client, 61)
    assert record_of(client) is None
    assert_ended(client)


def test_used_session_does_not_reach_idle_timeout(client: Client, officer: Login) -> None:
    hour = 3600
    for _ in range(3):
        age(client, hour)
        assert client.get("/closed/").status_code == 200


@pytest.mark.parametrize("app_client", APP_CLIENTS.values(), ids=APP_CLIENTS)
def test_absolute_timeout_equals_refresh_token_validity(
    account: SessionAccount, app_client: AppClient
) -> None:
    client = account.operator.cognito.describe_user_pool_client(
        UserPoolId=account.pool, ClientId=app_client.credentials.id
    )["UserPoolClient"]
    unit = client["TokenValidityUnits"]["RefreshToken"]
    assert app_client.absolute_timeout == timedelta(**{unit: client["RefreshTokenValidity"]})


def test_tampered_cookie_is_ignored(client: Client) -> None:
    sign_in_directly(client, cities=["brasov"])
    value = cookie_of(client)
    put_cookie(client, ("A" if value[5] != "A" else "B").join([value[:5], value[6:]]))
    assert client.get("/closed/").status_code == 302


def test_sessions_survive_secret_key_rotation(
    client: Client, officer: Login, settings: Settings
) -> None:
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-secret-key-of-decent-length-1234567890"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert client.get("/closed/").status_code == 200
    age(client, STALE)
    assert client.post("/closed/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    age(client, STALE)
    assert client.post("/closed/").json()["id"] == officer.sub


def test_sessions_end_if_secret_key_is_lost(
    client: Client, officer: Login, settings: Settings
) -> None:
    # pragma: allowlist nextline secret
    settings.SECRET_KEY = "another-secret-key-of-decent-length-1234567890"
    assert client.get("/closed/").status_code == 302


def test_undecryptable_refresh_token_ends_session(client: Client) -> None:
    sign_in_directly(client)
    record = record_of(client)
    assert record is not None
    record.update(actions=[Session.refresh_token.set("not encrypted by the site")])
    age(client, STALE)
    assert client.get("/closed/").status_code == 302
    assert Session.current(record.id) is None


def test_refresh_for_other_user_ends_session(client: Client, officer: Login) -> None:
    other = Client()
    sign_in(other, make_person("brasov"), OFFICERS)
    mine, theirs = record_of(client), record_of(other)
    assert mine is not None
    assert theirs is not None
    mine.update(actions=[Session.refresh_token.set(theirs.refresh_token)])
    age(client, STALE)
    assert client.get("/closed/").status_code == 302
    assert Session.current(mine.id) is None


def test_refresh_with_other_app_client_ends_session(client: Client) -> None:
    """A merchant's refresh token is not valid for the officers' app client."""
    person = make_person("brasov")
    sign_in(client, person, "/sign-in/?with=email")
    record = record_of(client)
    assert record is not None
    officer = Client()
    sign_in_directly(officer, sub=person.sub, cities=["brasov"])
    forged = record_of(officer)
    assert forged is not None
    forged.update(actions=[Session.refresh_token.set(record.refresh_token)])
    age(officer, STALE)
    assert officer.get("/closed/").status_code == 302


def test_https_session_cookie_has_host_prefix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GARAGE_SITE_URL", "https://garage.example")
    secure = runpy.run_path(str(ROOT / "garage" / "settings.py"))
    assert secure["SESSION_COOKIE_NAME"] == "__Host-session"
    assert secure["SESSION_COOKIE_SECURE"]
    assert "SESSION_COOKIE_DOMAIN" not in secure
    assert "SESSION_COOKIE_PATH" not in secure


def test_renewal_does_not_recreate_deleted_session(client: Client, officer: Login) -> None:
    """The person signed out after the record was read and before it was renewed."""
    record = record_of(client)
    assert record is not None
    record.delete()
    user = User.at(APP_CLIENTS["officers"], sub=officer.sub)
    assert not record.renew(user, at=0, refresh_token="encrypted")
    assert Session.current(record.id) is None


def test_stale_session_gets_503_during_cognito_outage(
    client: Client, officer: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(client, STALE)
    with monkeypatch.context() as outage:
        unreachable = f"http://127.0.0.1:{free_port()}"
        outage.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", unreachable)
        cognito.client.cache_clear()
        closed = client.get("/closed/")
        assert closed.status_code == 503
        assert closed["Retry-After"]
        assert "The sign-in service does not answer at the moment" in closed.text
        assert client.get("/open/").json()["kind"] == "anonymous"
        assert client.get("/nowhere/").status_code == 404
    cognito.client.cache_clear()
    assert client.get("/closed/").json()["id"] == officer.sub


def test_sign_out_works_during_cognito_outage(
    client: Client, officer: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    captured = other_browser(client)
    age(client, STALE)
    with monkeypatch.context() as outage:
        unreachable = f"http://127.0.0.1:{free_port()}"
        outage.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", unreachable)
        cognito.client.cache_clear()
        assert client.post("/sign-out/").status_code == 302
    cognito.client.cache_clear()
    assert cookie_of(client) == ""
    assert_ended(captured)


def test_sessions_are_queried_by_person(client: Client) -> None:
    user = sign_in_directly(client)
    sign_in_directly(Client(), sub=user.sub)
    listed = list(Session.person.query(user.sub))
    assert len(listed) == 2
    assert [session.app_client for session in listed] == ["merchants", "merchants"]
