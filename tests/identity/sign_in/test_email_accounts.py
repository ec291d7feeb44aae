"""Two accounts with one e-mail address: the person is informed, accounts are never merged."""

import secrets
from typing import Any

import pytest
from django.test import Client

from identity.sign_in import email_accounts
from identity.sign_in.email_accounts import proven_address, record_sign_in
from identity.sign_in.models import EmailAccounts
from tests.account import SessionAccount, make_person
from tests.facebook import IRINA
from tests.identity.sessions.cookies import person_in
from tests.identity.sign_in.hosted_pages import sign_in
from tests.identity.sign_in.test_facebook import callback, facebook

__all__ = ["facebook"]  # a fixture

FACEBOOK = [{"providerName": "Facebook", "userId": "1"}]
NOTICE = "Another account has the same e-mail address; it signs in with"


def claims(**values: Any) -> dict[str, Any]:
    return {"sub": secrets.token_hex(8), "email_verified": True, **values}


@pytest.fixture
def email() -> str:
    return f"{secrets.token_hex(8)}@example.com"


@pytest.mark.parametrize(
    ("verification", "proven"),
    [
        ({"email_verified": True}, True),
        ({"email_verified": "true"}, True),
        ({"email_verified": False}, False),
        ({"email_verified": "false"}, False),
        ({"email_verified": "True-ish"}, False),
        ({}, False),
        ({"email_verified": False, "identities": FACEBOOK}, True),
        ({"identities": [{"providerName": "SomethingElse"}]}, False),
    ],
)
def test_only_verified_address_is_used(verification: dict[str, Any], proven: bool) -> None:  # noqa: FBT001
    address = proven_address({"email": "maria@example.com", **verification})
    assert address == ("maria@example.com" if proven else "")


def test_sign_in_reports_other_account_with_same_address(email: str) -> None:
    first, second = claims(email=email), claims(email=email.upper(), identities=FACEBOOK)
    assert record_sign_in(first) == []
    assert record_sign_in(first) == []
    assert record_sign_in(second) == ["e-mail and password"]
    assert record_sign_in(first) == ["Facebook"]


def test_sign_in_without_address_is_not_recorded() -> None:
    assert proven_address(claims(identities=FACEBOOK)) == ""
    assert record_sign_in(claims(identities=FACEBOOK)) == []


def test_unverified_address_reports_no_other_account(email: str) -> None:
    record_sign_in(claims(email=email))
    assert record_sign_in(claims(email=email, email_verified=False)) == []


def test_forgotten_account_is_not_reported(email: str) -> None:
    first, second = claims(email=email), claims(email=email, identities=FACEBOOK)
    record_sign_in(first)
    record_sign_in(second)
    email_accounts.forget(email, first["sub"])
    assert record_sign_in(second) == []
    email_accounts.forget(email, "nobody")


def test_table_contains_no_plain_addresses(email: str, account: SessionAccount) -> None:
    record_sign_in(claims(email=email))
    table = account.outputs["EmailAccountsTable"]
    stored = account.operator.dynamodb.scan(TableName=table)["Items"]
    assert stored
    assert "@" not in str(stored)
    assert email.partition("@")[0] not in str(stored)


@pytest.mark.usefixtures("facebook")
def test_page_names_other_account_with_same_address(client: Client) -> None:
    """With real tokens of the pool, through the hosted pages."""
    person = make_person(email=IRINA["email"], name="Irina")
    sign_in(client, person, "/sign-in/?with=email")
    assert NOTICE not in client.get("/signed-out/").text

    other = Client()
    other.get(callback(other, {"sub": IRINA["sub"]}))
    assert person_in(other)["sub"] != person.sub
    page = other.get("/signed-out/").text
    assert f"{NOTICE} e-mail and password." in page
    assert '<a href="/account/transfer/">move applications</a>' in page
    assert NOTICE not in other.get("/signed-out/").text

    sign_in(client, person, "/sign-in/?with=email")
    assert f"{NOTICE} Facebook." in client.get("/signed-out/").text


def test_officer_sign_in_is_not_recorded(client: Client, email: str) -> None:
    officer = make_person("brasov", email=email)
    sign_in(client, officer, "/city-hall/sign-in/")
    assert record_sign_in(claims(email=email)) == []


def test_forgetting_unknown_address_writes_nothing(email: str, account: SessionAccount) -> None:
    email_accounts.forget(email, "sub")
    found = account.operator.dynamodb.query(
        TableName=EmailAccounts.Meta.table_name,
        KeyConditionExpression="addressHash = :hash",
        ExpressionAttributeValues={":hash": {"S": email_accounts._hash(email)}},  # noqa: SLF001
    )
    assert found["Count"] == 0
