"""Who decides for which city, as an operator has it: invited, granted, revoked, listed.

An officer is a member of the group `city-hall:<slug>`; nothing else makes one.
Everything here can be run again: what is so already is left as it is.
"""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloud.cognito_users import CITY_HALL, city_hall, ensure_group, sub_in
from cloud.invitations import Invitation, send

if TYPE_CHECKING:
    from cloud.stacks.outputs import StageOutputs

UNUSED = "FORCE_CHANGE_PASSWORD"
"""Cognito's word for who has not signed in with the temporary password yet."""
PASSWORD_BYTES = 15
SIGN_INS_UNDER_WAY = 2.0  # seconds; a session that began just before shows up by then


class NoSuchCity(LookupError):
    """The stage has no such city; `str()` names those that it has."""


class NoSuchOfficer(LookupError):
    """The pool has nobody with this e-mail address and a password."""


@dataclass(frozen=True, kw_only=True)
class City:
    slug: str
    name: str
    language: str
    contact: str


@dataclass(kw_only=True)
class Officer:
    """Somebody in the pool. `status` is Cognito's, or `DISABLED`."""

    email: str
    name: str
    sub: str
    status: str
    cities: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was done, or with a dry run would be: sentences, none if all was so already."""

    email: str
    done: list[str]


def get_city(outputs: "StageOutputs", slug: str) -> City:
    """Return the city from the stage's register, or raise NoSuchCity."""
    table = outputs.stack["CitiesTable"]
    found = outputs.account.dynamodb.get_item(
        TableName=table, Key={"slug": {"S": slug}}, ConsistentRead=True
    ).get("Item")
    if found is None:
        known = outputs.account.dynamodb.scan(TableName=table, ProjectionExpression="slug")
        slugs = ", ".join(sorted(item["slug"]["S"] for item in known["Items"])) or "none"
        raise NoSuchCity(f"No city {slug} is registered; these are: {slugs}.")
    facts = {name: value["S"] for name, value in found.items() if "S" in value}
    return City(slug=slug, name=facts["name"], language=facts["language"], contact=facts["contact"])


def find(outputs: "StageOutputs", email: str) -> Officer:
    """Return who has the e-mail address, officer or not; raise NoSuchOfficer for nobody."""
    cognito = outputs.account.cognito
    who: Any = {"UserPoolId": outputs.stack["UserPoolId"], "Username": email}
    try:
        found = cognito.admin_get_user(**who)
    except cognito.exceptions.UserNotFoundException:
        raise NoSuchOfficer(f"Nobody in the pool signs in with {email}.") from None
    groups = cognito.get_paginator("admin_list_groups_for_user").paginate(**who)
    names = [group["GroupName"] for page in groups for group in page["Groups"]]
    return _officer(found["UserAttributes"], found, _cities(names))


def invite(
    outputs: "StageOutputs",
    email: str,
    name: str,
    slug: str,
    *,
    resend: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Make somebody an officer of a city and write to them; once, unless `resend` is set.

    Who is new gets a temporary password. Who has never used theirs gets a new
    one by `resend`; who has a password of their own is only told of the city.
    """
    city = get_city(outputs, slug)
    known = _known(outputs, email)
    name = known.name if known else name
    password, done = "", []
    if known is None or (known.status == UNUSED and resend):
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        done.append("drew a new temporary password" if known else "made the account")
    granted = known is None or slug not in known.cities
    if granted:
        done.append(f"granted {slug}")
    if not done:
        return Outcome(email=email, done=[])
    done.append(f"wrote to {email} in “{city.language}”")
    if not dry_run:
        if password:
            _set_password(outputs, email, name, password, is_new=known is None)
        if granted:
            _add(outputs, email, slug)
        invitation = Invitation(
            email=email,
            name=name,
            city=city.name,
            language=city.language,
            contact=city.contact,
            link=f"{outputs.stack['SiteUrl']}/city-hall/sign-in/",
            password=password,
        )
        send(outputs.account, outputs.stack["MailFrom"], invitation)
    return Outcome(email=email, done=done)


def grant(outputs: "StageOutputs", email: str, slug: str, *, dry_run: bool = False) -> Outcome:
    """Let somebody who is in the pool decide for a city as well; nobody is written to."""
    city = get_city(outputs, slug)
    if city.slug in find(outputs, email).cities:
        return Outcome(email=email, done=[])
    if not dry_run:
        _add(outputs, email, slug)
    return Outcome(email=email, done=[f"granted {slug}"])


def revoke(
    outputs: "StageOutputs", email: str, slug: str | None = None, *, dry_run: bool = False
) -> Outcome:
    """Take one city or all from an officer, and end their sessions at the city halls' door.

    From then on nothing can be written in them; what was on the screen can be
    read for five minutes more. Their sessions as a merchant go on.
    """
    officer, cognito = find(outputs, email), outputs.account.cognito
    lost = [city for city in officer.cities if slug in {None, city}]
    done = [f"revoked {city}" for city in lost]
    if not dry_run:
        for city in lost:
            cognito.admin_remove_user_from_group(
                UserPoolId=outputs.stack["UserPoolId"], Username=email, GroupName=city_hall(city)
            )
    # Also where there was nothing to revoke: the last run may have got no further.
    if ended := _end_sessions(outputs, officer.sub, dry_run=dry_run):
        done.append(f"ended {ended} session{'s' if ended > 1 else ''}")
    return Outcome(email=email, done=done)


def list_officers(outputs: "StageOutputs", slug: str | None = None) -> list[Officer]:
    """Return the officers of one city or all, by e-mail address."""
    cognito, pool = outputs.account.cognito, outputs.stack["UserPoolId"]
    groups = cognito.get_paginator("list_groups").paginate(UserPoolId=pool)
    cities = _cities(group["GroupName"] for page in groups for group in page["Groups"])
    officers: dict[str, Officer] = {}
    for city in cities:
        members = cognito.get_paginator("list_users_in_group").paginate(
            UserPoolId=pool, GroupName=city_hall(city)
        )
        for member in (user for page in members for user in page["Users"]):
            officer = _officer(member["Attributes"], member, [])
            officers.setdefault(officer.sub, officer).cities.append(city)
    chosen = [officer for officer in officers.values() if slug is None or slug in officer.cities]
    return sorted(chosen, key=lambda officer: officer.email)


def _known(outputs: "StageOutputs", email: str) -> Officer | None:
    try:
        return find(outputs, email)
    except NoSuchOfficer:
        return None


def _set_password(
    outputs: "StageOutputs", email: str, name: str, password: str, *, is_new: bool
) -> None:
    """Give somebody a temporary password, and if they are new an account to it."""
    cognito, pool = outputs.account.cognito, outputs.stack["UserPoolId"]
    if not is_new:
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=email, Password=password, Permanent=False
        )
        return
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=email,
        TemporaryPassword=password,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
            {"Name": "name", "Value": name},
        ],
    )


def _add(outputs: "StageOutputs", email: str, slug: str) -> None:
    pool, group = outputs.stack["UserPoolId"], city_hall(slug)
    ensure_group(outputs.account, pool, group)
    outputs.account.cognito.admin_add_user_to_group(
        UserPoolId=pool, Username=email, GroupName=group
    )


def _end_sessions(outputs: "StageOutputs", sub: str, *, dry_run: bool) -> int:
    """Delete the records of a person's sessions as an officer; return how many there were."""
    table, database = outputs.stack["SessionsTable"], outputs.account.dynamodb
    ended: set[str] = set()
    for pause in (0.0, SIGN_INS_UNDER_WAY):
        # A token that was issued before the group was taken away may just now
        # become a session; and the index lags behind the table.
        time.sleep(0.0 if dry_run else pause)
        pages = database.get_paginator("query").paginate(
            TableName=table,
            IndexName="person",
            KeyConditionExpression="#sub = :sub",
            FilterExpression="appClient = :client",
            ExpressionAttributeNames={"#sub": "sub"},
            ExpressionAttributeValues={":sub": {"S": sub}, ":client": {"S": "officers"}},
        )
        for session in (item for page in pages for item in page["Items"]):
            ended.add(session["sessionId"]["S"])
            if not dry_run:
                database.delete_item(TableName=table, Key={"sessionId": session["sessionId"]})
    return len(ended)


def _cities(groups: Iterable[str]) -> list[str]:
    return sorted(g.removeprefix(CITY_HALL) for g in groups if g.startswith(CITY_HALL))


def _officer(attributes: Any, user: Any, cities: list[str]) -> Officer:
    facts = {pair["Name"]: pair.get("Value", "") for pair in attributes}
    return Officer(
        email=facts.get("email", ""),
        name=facts.get("name", ""),
        sub=sub_in(attributes),
        status=user.get("UserStatus", "") if user.get("Enabled", True) else "DISABLED",
        cities=cities,
    )
