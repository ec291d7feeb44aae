"""What the embedded AWS needs beside the stack."""

import re
import secrets
from collections.abc import Iterator
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from cloud.account import AccessKey, Account
from cloud.cognito_users import NewUser, ensure_user
from cloud.emulator import emulator_setup
from cloud.local.ports import LOOPBACK, free_port
from cloud.local.processes import answers, run_module
from cloud.stacks import stack
from cloud.stacks.stack import Stage


@pytest.fixture(name="outputs", scope="module")
def outputs_fixture(other_account: Account) -> dict[str, str]:
    name = f"e{secrets.token_hex(4)}"
    return stack.bring_up(other_account, Stage(name=name, site_url="http://localhost:1"))


def site_key(account: Account, outputs: dict[str, str], known: AccessKey | None) -> AccessKey:
    stage = outputs["TablePrefix"].split("-")[1]
    return emulator_setup.site_key(account, stage, outputs["AppPolicyArn"], known)


def test_site_key_is_reused(other_account: Account, outputs: dict[str, str]) -> None:
    key = site_key(other_account, outputs, None)
    assert site_key(other_account, outputs, key) == key


def test_lost_site_key_is_replaced_and_revoked(
    other_account: Account, outputs: dict[str, str]
) -> None:
    lost = site_key(other_account, outputs, None)
    new = site_key(other_account, outputs, AccessKey("AKIAOFANOTHERSTATE", "x"))
    assert new.id != lost.id
    user = f"{outputs['TablePrefix']}site"
    listed = other_account.iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in listed] == [new.id]


def test_complete_tables_is_idempotent(other_account: Account, outputs: dict[str, str]) -> None:
    emulator_setup.complete_tables(other_account, outputs)
    emulator_setup.complete_tables(other_account, outputs)
    table = outputs["SessionsTable"]
    described = other_account.dynamodb.describe_time_to_live(TableName=table)
    assert described["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"


def test_ensure_user_is_idempotent_and_keeps_password(
    other_account: Account, outputs: dict[str, str]
) -> None:
    officer = NewUser(email="o@example.com", name="O", cities=("brasov", "vienna"))
    pool = outputs["UserPoolId"]
    sub = ensure_user(other_account, pool, officer, "correct-horse-battery")
    assert ensure_user(other_account, pool, officer, "another-password-than-that") == sub
    groups = other_account.cognito.admin_list_groups_for_user(
        UserPoolId=pool, Username=officer.email
    )["Groups"]
    assert {group["GroupName"] for group in groups} == {"city-hall:brasov", "city-hall:vienna"}


@pytest.fixture(name="facebook")
def facebook_fixture() -> Iterator[str]:
    """Run a stand-in for Facebook that knows one person; yield its issuer."""
    port = free_port()
    issuer = f"http://{LOOPBACK}:{port}"
    claims = '--user-claims={"sub": "fb-1", "name": "Sofia", "email": "sofia@example.com"}'
    with run_module(
        "Facebook",
        *("oidc_provider_mock", f"--port={port}", claims),
        variables={},
        is_ready=partial(answers, f"{issuer}/.well-known/openid-configuration"),
    ):
        yield issuer


def test_user_signs_in_with_facebook(
    other_account: Account, outputs: dict[str, str], facebook: str
) -> None:
    pool, client = outputs["UserPoolId"], outputs["MerchantsClientId"]
    emulator_setup.offer_facebook(other_account, pool, client, "http://127.0.0.1:9")
    emulator_setup.offer_facebook(other_account, pool, client, facebook)
    assert emulator_setup.facebook_port(other_account, pool) == urlsplit(facebook).port

    callback = f"{outputs['SiteUrl']}/oidc/merchants/callback/"
    browser = requests.Session()
    asked = browser.get(
        f"{other_account.endpoint}/oauth2/authorize",
        params={
            "client_id": client,
            "response_type": "code",
            "scope": "openid email profile",
            "redirect_uri": callback,
            "state": "s",
            "identity_provider": "Facebook",
        },
        timeout=10,
    )
    assert asked.url.startswith(facebook)
    assert re.search("fb-1", asked.text)
    answer = browser.post(asked.url, data={"sub": "fb-1"}, allow_redirects=False, timeout=10)
    back = browser.get(answer.headers["location"], allow_redirects=False, timeout=10)
    assert back.headers["location"].startswith(callback)
    assert parse_qs(urlsplit(back.headers["location"]).query)["code"]

    users = other_account.cognito.list_users(UserPoolId=pool)["Users"]
    federated = [user for user in users if user["Username"].lower().startswith("facebook_")]
    assert [
        pair["Value"]
        for user in federated
        for pair in user["Attributes"]
        if pair["Name"] == "email"
    ] == ["sofia@example.com"]
