"""Deletion of a person's own Cognito user with their own token, and by an operator."""

import io
import json
import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from core.environment import ROOT
from core.errors import NotAllowed, NotFound
from identity import account_deletion
from identity.sessions.models import Session
from identity.sessions.operations import list_sessions
from markets.cities.models import City
from markets.privacy.erasure import erase_person
from markets.privacy.leftovers import prove_erasure
from tests import factories
from tests.account import Login, SessionAccount, make_person
from tests.clients import sign_in as sign_in_without_pool
from tests.identity.sign_in.hosted_pages import sign_in

OPERATOR = factories.OPERATOR
CONFIRMATION = {"confirmation": "DELETE"}


def is_in_pool(account: SessionAccount, person: Login) -> bool:
    found = account.operator.cognito.list_users(
        UserPoolId=account.pool, Filter=f'sub = "{person.sub}"'
    )
    return bool(found["Users"])


def session_of(person: Login) -> Session:
    (session,) = list_sessions(person.sub)
    return session


def test_page_also_deletes_cognito_user(account: SessionAccount) -> None:
    person, client = make_person(), Client()
    sign_in(client, person, "/sign-in/?with=email")
    answer = client.post("/account/delete/", CONFIRMATION)
    assert answer.headers["Location"] == "/account/deleted/?sign-in=deleted"
    assert not is_in_pool(account, person)
    assert list_sessions(person.sub) == []


def test_officer_keeps_cognito_user(account: SessionAccount) -> None:
    person, client = make_person("brasov"), Client()
    sign_in(client, person, "/sign-in/?with=email")
    answer = client.post("/account/delete/", CONFIRMATION)
    assert answer.headers["Location"] == "/account/deleted/?sign-in=officer"
    assert is_in_pool(account, person)
    assert list_sessions(person.sub) == []


def test_session_without_cognito_token_needs_fresh_sign_in() -> None:
    client = Client()
    user = sign_in_without_pool(client)
    with pytest.raises(account_deletion.FreshSignInNeeded):
        account_deletion.delete_own_sign_in(list_sessions(user.sub)[0])


def test_officer_token_cannot_delete_cognito_user(account: SessionAccount) -> None:
    """Their app client does not have the scope, not even for their own account."""
    person, client = make_person("brasov"), Client()
    sign_in(client, person, "/city-hall/sign-in/")
    with pytest.raises(account_deletion.SignInNotDeleted):
        account_deletion.delete_own_sign_in(session_of(person))
    assert is_in_pool(account, person)


def test_site_key_cannot_read_users(account: SessionAccount) -> None:
    person = make_person()
    with pytest.raises(NotAllowed, match="may not read or change users"):
        account_deletion.find_user(person.sub)
    for sub in ("", '" or sub ^= "', "a b"):
        with pytest.raises(NotFound):
            account_deletion.find_user(sub)


def run_as_operator(account: SessionAccount, *arguments: str) -> subprocess.CompletedProcess[str]:
    key = account.operator.key
    assert key
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | key.variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_erase_command_deletes_cognito_user(account: SessionAccount) -> None:
    person = make_person()
    ran = run_as_operator(account, "erase", "--user", person.sub, "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["signIn"] == "deleted"
    assert not is_in_pool(account, person)
    again = run_as_operator(account, "erase", "--user", person.sub, "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["signIn"] == "not found"


def test_erase_command_keeps_cognito_user_of_officer(account: SessionAccount) -> None:
    person = make_person("brasov")
    ran = run_as_operator(account, "erase", "--user", person.sub)
    assert ran.returncode == 1
    assert "also decides for a city hall" in ran.stderr
    assert is_in_pool(account, person)


def test_erase_command_with_site_key_fails(account: SessionAccount) -> None:
    person, out = make_person(), io.StringIO()
    with pytest.raises(CommandError, match="still exists"):
        call_command("erase", "--user", person.sub, stdout=out)
    assert is_in_pool(account, person)


def test_sign_in_to_deleted_account_deletes_pool_user(account: SessionAccount) -> None:
    """An operator without access to the pool erased the person: only they can delete it."""
    person, client = make_person(), Client()
    with pytest.raises(CommandError, match="still exists"):
        call_command("erase", "--user", person.sub, stdout=io.StringIO())
    answer = sign_in(client, person, "/sign-in/?with=email")
    assert answer.headers["Location"] == "/account/deleted/?sign-in=deleted"
    assert not is_in_pool(account, person)
    assert list_sessions(person.sub) == []
    assert client.get("/markets/").status_code == 302
    assert prove_erasure(OPERATOR, person.sub).holds


def test_officer_can_decide_after_merchant_account_deletion(account: SessionAccount) -> None:
    person, client = make_person("brasov"), Client()
    sign_in(client, person, "/sign-in/?with=email")
    client.post("/account/delete/", CONFIRMATION)
    answer = sign_in(client, person, "/sign-in/?with=email")
    assert answer.headers["Location"] == "/account/deleted/?sign-in=officer"
    sign_in(client, person, "/city-hall/sign-in/")
    assert [each.app_client for each in list_sessions(person.sub)] == ["officers"]


def test_new_sign_up_gets_new_account(account: SessionAccount) -> None:
    person, client = make_person(), Client()
    sign_in(client, person, "/sign-in/?with=email")
    client.post("/account/delete/", CONFIRMATION)
    again = make_person(email=person.email)
    assert again.sub != person.sub
    sign_in(client, again, "/sign-in/?with=email")
    assert client.post("/account/", {"expected_version": 0, "legal_name": "M"}).status_code == 302


def test_erase_check_reports_what_is_left(city: City) -> None:
    actor = factories.merchant()
    factories.submitted(actor, city)
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"Left: 1 applications, 1 history records\."):
        call_command("erase", "--user", actor.id, "--check", "--json", stdout=out)
    assert json.loads(out.getvalue())["closedAt"] is None
    list(erase_person(OPERATOR, actor.id))
    out = io.StringIO()
    call_command("erase", "--user", actor.id, "--check", stdout=out)
    assert "photos: 0" in out.getvalue()
    assert "Erased: no" not in out.getvalue()
    with pytest.raises(CommandError, match="not closed"):
        call_command("erase", "--user", factories.merchant().id, "--check", stdout=out)
    with pytest.raises(NotAllowed):
        prove_erasure(actor, actor.id)
