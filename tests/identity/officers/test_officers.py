"""`manage.py officer`: invited in the city's language, granted, revoked at once, listed."""

import json
import re
import secrets
from dataclasses import fields
from io import StringIO
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command
from django.test import Client

from cloud import invitations, officers
from cloud.cognito_users import TEMPORARY_PASSWORD_DAYS
from cloud.invitations import TEXTS, Invitation
from cloud.management.commands.officer import Command
from cloud.officers import NoSuchCity, NoSuchOfficer
from cloud.stacks.outputs import StageOutputs
from markets.cities.models import City
from tests import factories
from tests.account import STAGE, Login, SessionAccount, make_person
from tests.clients import sign_in as sign_in_directly
from tests.identity.sessions.cookies import age, record_of
from tests.identity.sign_in.hosted_pages import Form, sign_in

DOOR = "/city-hall/sign-in/"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(officers, "SIGN_INS_UNDER_WAY", 0)


@pytest.fixture
def outputs(account: SessionAccount) -> StageOutputs:
    return StageOutputs(account.operator, STAGE, account.outputs)


@pytest.fixture
def email() -> str:
    return f"{secrets.token_hex(8)}@example.com"


def mails_to(account: SessionAccount, email: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{account.operator.endpoint}/_ministack/ses/messages", timeout=10).json()
    mails = [mail for sent in answer["messages"].values() for mail in sent]
    return [mail for mail in mails if mail["To"] == [email]]


def text_of(mail: dict[str, Any]) -> str:
    return f"{mail['Subject']}\n\n{mail['BodyText']}"


def password_in(mail: dict[str, Any]) -> str:
    found = re.search(r"(?:password|Passwort|Parola temporară): (\S+)", text_of(mail))
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Temporary password"),
        ("de", "Vorläufiges Passwort"),
        ("ro", "Parola temporară"),
    ],
)
def test_the_invitation_is_in_the_citys_language(
    outputs: StageOutputs, account: SessionAccount, email: str, language: str, said: str
) -> None:
    city = factories.make_city(language=language, contact="piata@example.com")
    outcome = officers.invite(outputs, email, "Ioana Marin", city.slug)
    assert outcome.done == [
        "made the account",
        f"granted {city.slug}",
        f"wrote to {email} in “{language}”",
    ]
    (mail,) = mails_to(account, email)
    text = text_of(mail)
    for part in (said, "Ioana Marin", city.name, f"{outputs.stack['SiteUrl']}{DOOR}"):
        assert part in text
    assert mail["Source"] == account.outputs["MailFrom"]
    assert "piata@example.com" in text


def test_who_is_invited_signs_in_with_a_password_of_their_own(
    client: Client, outputs: StageOutputs, account: SessionAccount, city: City, email: str
) -> None:
    officers.invite(outputs, email, "Ioana", city.slug)
    (mail,) = mails_to(account, email)
    browser = requests.Session()
    page = browser.get(client.get(DOOR)["Location"], timeout=10)
    form = Form(page.text)
    asked = browser.post(
        page.url.partition("/oauth2")[0] + form.action if form.action.startswith("/") else page.url,
        data={**form.fields, "username": email, "password": password_in(mail)},
        timeout=10,
    )
    assert "new" in asked.text.lower()
    account.operator.cognito.admin_set_user_password(
        UserPoolId=account.pool, Username=email, Password="an-own-password-2026", Permanent=True
    )
    sub = officers.find(outputs, email).sub
    answer = sign_in(client, Login(sub=sub, email=email, password="an-own-password-2026"), DOOR)
    assert answer["Location"] == "/city-hall/"
    assert client.get("/closed/").json()["cities"] == [city.slug]


def test_inviting_twice_writes_once(
    outputs: StageOutputs, account: SessionAccount, city: City, email: str
) -> None:
    officers.invite(outputs, email, "Ioana", city.slug)
    assert officers.invite(outputs, email, "Ioana", city.slug).done == []
    assert len(mails_to(account, email)) == 1
    assert officers.invite(outputs, email, "Ioana", city.slug, resend=True).done == [
        "drew a new temporary password",
        f"wrote to {email} in “en”",
    ]
    first, second = (password_in(mail) for mail in mails_to(account, email))
    assert first != second
    assert officers.find(outputs, email).status == "FORCE_CHANGE_PASSWORD"


def test_who_has_a_password_keeps_it(
    client: Client, outputs: StageOutputs, account: SessionAccount, city: City
) -> None:
    person = make_person(name="Maria")
    officers.invite(outputs, person.email, "Somebody else", city.slug, resend=True)
    (mail,) = mails_to(account, person.email)
    assert "with the password that you have" in text_of(mail)
    assert "Maria" in text_of(mail)
    assert "emporary password" not in text_of(mail)
    sign_in(client, person, DOOR)
    assert client.get("/closed/").json()["cities"] == [city.slug]


def test_a_grant_holds_from_the_next_renewal_on(client: Client, outputs: StageOutputs) -> None:
    here, there = factories.make_city(), factories.make_city()
    officer = make_person(here.slug)
    sign_in(client, officer, DOOR)
    assert officers.grant(outputs, officer.email, there.slug).done == [f"granted {there.slug}"]
    assert officers.grant(outputs, officer.email, there.slug).done == []
    age(client, 301)
    assert client.get("/closed/").json()["cities"] == sorted([here.slug, there.slug])


def test_a_revoked_officer_writes_nothing_from_that_moment(
    client: Client, outputs: StageOutputs
) -> None:
    here, there = factories.make_city(), factories.make_city()
    officer = make_person(here.slug, there.slug)
    sign_in(client, officer, DOOR)
    as_merchant = Client()
    sign_in(as_merchant, officer, "/sign-in/?with=email")
    outcome = officers.revoke(outputs, officer.email, here.slug)
    assert outcome.done == [f"revoked {here.slug}", "ended 1 session"]
    assert client.get("/closed/").status_code == 200
    assert client.post("/closed/").status_code == 403
    assert as_merchant.post("/closed/").json()["kind"] == "merchant"
    sign_in(client, officer, DOOR)
    assert client.get("/closed/").json()["cities"] == [there.slug]


def test_a_revoked_officer_reads_nothing_after_five_minutes(
    client: Client, outputs: StageOutputs, city: City
) -> None:
    officer = make_person(city.slug)
    sign_in(client, officer, DOOR)
    officers.revoke(outputs, officer.email)
    age(client, 301)
    assert client.get("/closed/").status_code == 302


def test_revoking_ends_what_the_last_run_left(client: Client, outputs: StageOutputs) -> None:
    """The group went, then the command died."""
    person = make_person()
    sign_in_directly(client, sub=person.sub, cities=["brasov"])
    assert officers.revoke(outputs, person.email).done == ["ended 1 session"]
    assert officers.revoke(outputs, person.email).done == []


def test_a_dry_run_does_nothing(
    client: Client, outputs: StageOutputs, account: SessionAccount, city: City, email: str
) -> None:
    assert len(officers.invite(outputs, email, "", city.slug, dry_run=True).done) == 3
    with pytest.raises(NoSuchOfficer):
        officers.find(outputs, email)
    assert mails_to(account, email) == []
    officer = make_person(city.slug)
    sign_in(client, officer, DOOR)
    other = factories.make_city().slug
    assert officers.grant(outputs, officer.email, other, dry_run=True).done == [f"granted {other}"]
    assert officers.revoke(outputs, officer.email, dry_run=True).done == [
        f"revoked {city.slug}",
        "ended 1 session",
    ]
    assert record_of(client)
    assert officers.find(outputs, officer.email).cities == [city.slug]


def test_a_city_that_is_not_there(outputs: StageOutputs, city: City, email: str) -> None:
    with pytest.raises(NoSuchCity, match=city.slug):
        officers.invite(outputs, email, "", "atlantis")
    with pytest.raises(NoSuchOfficer):
        officers.grant(outputs, email, city.slug)


def test_every_language_says_everything() -> None:
    for texts in TEXTS.values():
        assert set(re.findall(r"{(\w+)}", texts.first)) == {
            "city", "link", "email", "password", "days",
        }  # fmt: skip
        assert set(re.findall(r"{(\w+)}", texts.again)) == {"city", "link"}
        assert all(getattr(texts, part.name) for part in fields(texts))
    unknown = Invitation(email="", name="", city="", language="fr", contact="", link="")
    assert unknown.body.startswith(invitations.TEXTS["en"].greeting.format(name=""))


def test_the_password_holds_as_long_as_the_mail_says(account: SessionAccount) -> None:
    pool = account.operator.cognito.describe_user_pool(UserPoolId=account.pool)["UserPool"]
    policy = pool["Policies"]["PasswordPolicy"]
    assert policy["TemporaryPasswordValidityDays"] == TEMPORARY_PASSWORD_DAYS


# The command


@pytest.fixture
def _as_operator(account: SessionAccount, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the operator's key in the environment, as in a shell; the site has its own already."""
    for name, value in account.operator.variables.items():
        monkeypatch.setenv(name, value)


def officer(*arguments: str) -> str:
    said = StringIO()
    call_command(Command(stdout=said), *arguments, "--stage", STAGE)
    return said.getvalue()


@pytest.mark.usefixtures("_as_operator")
def test_the_command(city: City, email: str) -> None:
    would = officer("invite", email, "--city", city.slug, "--name", "Ioana", "--dry-run")
    assert would.startswith(f"{email}: Would have made the account, granted {city.slug}")
    assert officer("invite", email, "--city", city.slug, "--name", "Ioana").startswith(
        f"{email}: made the account"
    )
    assert officer("list", "--city", city.slug) == (
        f"{email}\tIoana\t{city.slug}\tFORCE_CHANGE_PASSWORD\n"
    )
    (listed,) = json.loads(officer("list", "--city", city.slug, "--json"))
    assert (listed["email"], listed["cities"]) == (email, [city.slug])
    told = json.loads(officer("revoke", email, "--json"))
    assert told == {"email": email, "done": [f"revoked {city.slug}"], "dryRun": False}
    assert officer("list", "--city", city.slug) == ""
    assert officer("revoke", email) == f"{email}: nothing to do.\n"


@pytest.mark.usefixtures("_as_operator")
@pytest.mark.parametrize(
    "arguments",
    [
        ("invite", "x@example.com", "--city", "atlantis"),
        ("grant", "nobody@example.com", "--city", "atlantis"),
        ("revoke", "nobody@example.com"),
        ("list", "--city", "atlantis"),
    ],
)
def test_it_fails_in_words(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"No city atlantis|Nobody in the pool"):
        officer(*arguments)


def test_the_site_cannot_do_it(account: SessionAccount, city: City, email: str) -> None:
    """A break-in at the site makes nobody an officer."""
    as_site = StageOutputs(account.site, STAGE, account.outputs)
    with pytest.raises(Exception, match=r"AccessDenied|not authorized"):
        officers.invite(as_site, email, "", city.slug)


def test_a_second_step_is_an_option(account: SessionAccount) -> None:
    """Codes of an app; no SMS, which anybody's telephone shop gives away."""
    config = account.operator.cognito.get_user_pool_mfa_config(UserPoolId=account.pool)
    assert config["MfaConfiguration"] == "OPTIONAL"
    assert config["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    assert "SmsMfaConfiguration" not in config
