"""`manage.py officer`: invite in the city's language, grant, revoke at once, list."""

import json
import re
import secrets
from io import StringIO
from typing import Any

import pytest
import requests
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from approvals.management.commands.officer import Command, inviting
from core.errors import NotAllowed
from identity.officers import directory, roles
from identity.officers.directory import NoSuchUser
from identity.officers.invitations import TEMPORARY_PASSWORD_DAYS, Invitation, InvitingCity
from identity.officers.roles import Outcome
from markets.cities.models import City
from tests import factories
from tests.account import STAGE, Login, SessionAccount, make_person
from tests.clients import sign_in as sign_in_directly
from tests.identity.sessions.cookies import age, record_of
from tests.identity.sign_in.hosted_pages import Form, sign_in

SIGN_IN = "/city-hall/sign-in/"

pytestmark = pytest.mark.usefixtures("_operator_credentials")

OPERATOR = factories.OPERATOR


@pytest.fixture(autouse=True)
def _ses(settings: Settings) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django_ses.SESBackend"}}


def invite(email: str, name: str, city: City, **options: Any) -> Outcome:
    return roles.invite_officer(OPERATOR, inviting(city), email=email, name=name, **options)


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
    ("language", "label"),
    [
        ("en", "Temporary password"),
        ("de", "Vorläufiges Passwort"),
        ("ro", "Parola temporară"),
    ],
)
def test_invitation_is_in_city_language(
    account: SessionAccount, email: str, language: str, label: str
) -> None:
    city = factories.make_city(language=language, contact="piata@example.com")
    outcome = invite(email, "Ioana Marin", city)
    assert outcome.done == [
        "created the account",
        f"granted {city.slug}",
        f"sent a mail to {email} in “{language}”",
    ]
    (mail,) = mails_to(account, email)
    text = text_of(mail)
    for part in (label, "Ioana Marin", city.name, f"{settings.GARAGE.site_url}{SIGN_IN}"):
        assert part in text
    assert mail["Source"] == account.outputs["MailFrom"]
    assert "piata@example.com" in text


def test_invited_officer_sets_password_and_signs_in(
    client: Client, account: SessionAccount, city: City, email: str
) -> None:
    invite(email, "Ioana", city)
    (mail,) = mails_to(account, email)
    browser = requests.Session()
    page = browser.get(client.get(SIGN_IN)["Location"], timeout=10)
    form = Form(page.text)
    asked = browser.post(
        page.url.partition("/oauth2")[0] + form.action if form.action.startswith("/") else page.url,
        data={**form.fields, "username": email, "password": password_in(mail)},
        timeout=10,
    )
    assert "new" in asked.text.lower()
    account.operator.cognito.admin_set_user_password(
        UserPoolId=account.pool,
        Username=email,
        Password="an-own-password-2026",  # pragma: allowlist secret
        Permanent=True,
    )
    sub = directory.get_user(email).sub
    answer = sign_in(client, Login(sub=sub, email=email, password="an-own-password-2026"), SIGN_IN)
    assert answer["Location"] == "/city-hall/"
    assert client.get("/closed/").json()["cities"] == [city.slug]


def test_repeated_invitation_sends_one_mail(
    account: SessionAccount, city: City, email: str
) -> None:
    invite(email, "Ioana", city)
    assert invite(email, "Ioana", city).done == []
    assert len(mails_to(account, email)) == 1
    assert invite(email, "Ioana", city, resend=True).done == [
        "set a new temporary password",
        f"sent a mail to {email} in “en”",
    ]
    first, second = (password_in(mail) for mail in mails_to(account, email))
    assert first != second
    assert directory.get_user(email).status == "FORCE_CHANGE_PASSWORD"


def test_invited_existing_user_keeps_password(
    client: Client, account: SessionAccount, city: City
) -> None:
    person = make_person(name="Maria")
    invite(person.email, "Somebody else", city, resend=True)
    (mail,) = mails_to(account, person.email)
    assert "with the password that you have" in text_of(mail)
    assert "Maria" in text_of(mail)
    assert "emporary password" not in text_of(mail)
    sign_in(client, person, SIGN_IN)
    assert client.get("/closed/").json()["cities"] == [city.slug]


def test_granted_city_applies_after_next_renewal(client: Client) -> None:
    one, other = factories.make_city(), factories.make_city()
    officer = make_person(one.slug)
    sign_in(client, officer, SIGN_IN)
    assert roles.grant_city(OPERATOR, other.slug, email=officer.email).done == [
        f"granted {other.slug}"
    ]
    assert roles.grant_city(OPERATOR, other.slug, email=officer.email).done == []
    age(client, 301)
    assert client.get("/closed/").json()["cities"] == sorted([one.slug, other.slug])


def test_revocation_blocks_writes_immediately(client: Client) -> None:
    one, other = factories.make_city(), factories.make_city()
    officer = make_person(one.slug, other.slug)
    sign_in(client, officer, SIGN_IN)
    as_merchant = Client()
    sign_in(as_merchant, officer, "/sign-in/?with=email")
    outcome = roles.revoke_city(OPERATOR, one.slug, email=officer.email)
    assert outcome.done == [f"revoked {one.slug}", "ended 1 session"]
    assert client.get("/closed/").status_code == 200
    assert client.post("/closed/").status_code == 403
    assert as_merchant.post("/closed/").json()["kind"] == "merchant"
    sign_in(client, officer, SIGN_IN)
    assert client.get("/closed/").json()["cities"] == [other.slug]


def test_revocation_blocks_reads_after_five_minutes(client: Client, city: City) -> None:
    officer = make_person(city.slug)
    sign_in(client, officer, SIGN_IN)
    roles.revoke_city(OPERATOR, email=officer.email)
    age(client, 301)
    assert client.get("/closed/").status_code == 302


def test_revoke_ends_sessions_left_by_failed_run(client: Client) -> None:
    """The last run revoked the group and then failed."""
    person = make_person()
    sign_in_directly(client, sub=person.sub, cities=["brasov"])
    assert roles.revoke_city(OPERATOR, email=person.email).done == ["ended 1 session"]
    assert roles.revoke_city(OPERATOR, email=person.email).done == []


def test_dry_run_changes_nothing(
    client: Client, account: SessionAccount, city: City, email: str
) -> None:
    assert len(invite(email, "", city, dry_run=True).done) == 3
    with pytest.raises(NoSuchUser):
        directory.get_user(email)
    assert mails_to(account, email) == []
    officer = make_person(city.slug)
    sign_in(client, officer, SIGN_IN)
    other = factories.make_city().slug
    assert roles.grant_city(OPERATOR, other, email=officer.email, dry_run=True).done == [
        f"granted {other}"
    ]
    assert roles.revoke_city(OPERATOR, email=officer.email, dry_run=True).done == [
        f"revoked {city.slug}",
        "ended 1 session",
    ]
    assert record_of(client)
    assert directory.get_user(officer.email).cities == [city.slug]


def test_unknown_city_or_user_is_refused(city: City, email: str) -> None:
    with pytest.raises(CommandError, match=city.slug):
        officer("invite", email, "--city", "atlantis")
    with pytest.raises(NoSuchUser):
        roles.grant_city(OPERATOR, city.slug, email=email)


def invitation(language: str, **values: str) -> Invitation:
    city = InvitingCity(slug="x", name="<Città>", language=language, contact="piata@example.com")
    return Invitation(email="x@example.com", name="Ioana & Co", city=city, **values)


@pytest.mark.parametrize("language", ["en", "de", "ro"])
def test_invitation_is_complete_in_every_language(language: str) -> None:
    subject, body = invitation(language, password="one-time").render()
    assert "<Città>" in subject
    link = f"{settings.GARAGE.site_url}{SIGN_IN}"
    days = str(TEMPORARY_PASSWORD_DAYS)
    for part in ("Ioana & Co", "<Città>", link, "x@example.com", "one-time", days, "piata@"):
        assert part in body
    _, again = invitation(language).render()
    for part in ("Ioana & Co", "<Città>", link, "piata@"):
        assert part in again
    assert "x@example.com" not in again
    english = invitation("en").render()
    assert (language == "en") is ((subject, again) == english)


def test_unsupported_language_falls_back_to_english() -> None:
    assert invitation("fr").render() == invitation("en").render()
    assert invitation("fr").render()[1].startswith("Good day Ioana & Co,\n\nFrom now on")


def test_invitation_has_no_double_empty_lines() -> None:
    """Tags of the templates add no empty lines."""
    # pragma: allowlist nextline secret
    for mail in (invitation("en"), invitation("en", password="one-time")):
        assert "\n\n\n" not in mail.render()[1]


def test_temporary_password_validity_matches_mail(account: SessionAccount) -> None:
    pool = account.operator.cognito.describe_user_pool(UserPoolId=account.pool)["UserPool"]
    policy = pool["Policies"]["PasswordPolicy"]
    assert policy["TemporaryPasswordValidityDays"] == TEMPORARY_PASSWORD_DAYS


# The command


def officer(*arguments: str) -> str:
    output = StringIO()
    call_command(Command(stdout=output), *arguments, "--stage", STAGE)
    return output.getvalue()


def test_officer_command_invites_lists_and_revokes(city: City, email: str) -> None:
    would = officer("invite", email, "--city", city.slug, "--name", "Ioana", "--dry-run")
    assert would.startswith(f"{email}: Would have created the account, granted {city.slug}")
    assert officer("invite", email, "--city", city.slug, "--name", "Ioana").startswith(
        f"{email}: created the account"
    )
    assert officer("list", "--city", city.slug) == (
        f"{email}\tIoana\t{city.slug}\tFORCE_CHANGE_PASSWORD\n"
    )
    (listed,) = json.loads(officer("list", "--city", city.slug, "--json"))
    assert (listed["email"], listed["cities"]) == (email, [city.slug])
    revoked = json.loads(officer("revoke", email, "--json"))
    assert revoked == {"email": email, "done": [f"revoked {city.slug}"], "dryRun": False}
    assert officer("list", "--city", city.slug) == ""
    assert officer("revoke", email) == f"{email}: nothing to do.\n"


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    "arguments",
    [
        ("invite", "x@example.com", "--city", "atlantis"),
        ("grant", "missing@example.com", "--city", "atlantis"),
        ("revoke", "missing@example.com"),
        ("list", "--city", "atlantis"),
    ],
)
def test_officer_command_reports_unknown_city_or_user(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"No city atlantis|No user in the pool"):
        officer(*arguments)


def test_site_key_cannot_invite_officers(
    city: City, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An intruder in the site cannot make officers."""
    monkeypatch.undo()
    with pytest.raises(NotAllowed, match="credentials in use may not read or change users"):
        invite(email, "", city)


def test_only_operators_manage_officers(city: City, email: str) -> None:
    officer_actor = factories.officer(city.slug)
    with pytest.raises(NotAllowed):
        roles.invite_officer(officer_actor, inviting(city), email=email, name="")
    with pytest.raises(NotAllowed):
        roles.grant_city(officer_actor, city.slug, email=email)
    with pytest.raises(NotAllowed):
        roles.revoke_city(officer_actor, email=email)
    with pytest.raises(NotAllowed):
        roles.list_officers(officer_actor)


def test_command_refuses_stage_other_than_settings() -> None:
    with pytest.raises(CommandError, match="settings are those of the stage test"):
        call_command(Command(), "list", "--stage", "production")


def test_mfa_is_optional_with_authenticator_app(account: SessionAccount) -> None:
    """Codes of an authenticator app, not SMS: a telephone number can be taken over."""
    config = account.operator.cognito.get_user_pool_mfa_config(UserPoolId=account.pool)
    assert config["MfaConfiguration"] == "OPTIONAL"
    assert config["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    assert "SmsMfaConfiguration" not in config
