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
from tests.account import Login, SessionAccount, make_person
from tests.clients import sign_in as sign_in_without_pool
from tests.identity.sign_in.hosted_pages import sign_in

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
