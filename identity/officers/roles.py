"""Who is an officer of which city: invited, granted, revoked and listed by operators.

Each function can be run again: what is done already is left as it is.
"""

import secrets
import time
from dataclasses import dataclass

from core.actors import Actor
from identity.app_clients import OFFICERS
from identity.officers import directory
from identity.officers.directory import PASSWORD_UNUSED, PoolUser
from identity.officers.invitations import Invitation, InvitingCity
from identity.permissions import require_operator
from identity.sessions.models import Session

PASSWORD_BYTES = 15
INDEX_DELAY = 2.0  # seconds until a session that has just begun is in the index
REFUSAL = "Only operators decide who is an officer."


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The steps that were done, or that a dry run would do; none if all was done before."""

    email: str
    done: list[str]


def invite_officer(
    actor: Actor,
    city: InvitingCity,
    *,
    email: str,
    name: str,
    resend: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Make somebody an officer of a city and send them the invitation, once.

    A new user gets a temporary password. With `resend`, a user who has never used
    theirs gets a new one. A user with a password of their own only learns of the city.
    """
    require_operator(actor, REFUSAL)
    known = directory.find_user(email)
    name = known.name if known else name
    password, done = "", []
    if known is None or (known.status == PASSWORD_UNUSED and resend):
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        done.append("set a new temporary password" if known else "created the account")
    is_new_in_city = known is None or city.slug not in known.cities
    if is_new_in_city:
        done.append(f"granted {city.slug}")
    if not done:
        return Outcome(email=email, done=[])
    done.append(f"sent a mail to {email} in “{city.language}”")
    if not dry_run:
        if known is None:
            directory.create_user(email, name, password)
        elif password:
            directory.set_temporary_password(email, password)
        if is_new_in_city:
            directory.add_to_city(email, city.slug)
        Invitation(email=email, name=name, city=city, password=password).send()
    return Outcome(email=email, done=done)


def grant_city(actor: Actor, city_slug: str, *, email: str, dry_run: bool = False) -> Outcome:
    """Make a user of the pool an officer of one city more, without a mail."""
    require_operator(actor, REFUSAL)
    if city_slug in directory.get_user(email).cities:
        return Outcome(email=email, done=[])
    if not dry_run:
        directory.add_to_city(email, city_slug)
    return Outcome(email=email, done=[f"granted {city_slug}"])


def revoke_city(
    actor: Actor, city_slug: str | None = None, *, email: str, dry_run: bool = False
) -> Outcome:
    """Revoke one city or (None) all from an officer, and end their sessions as an officer.

    From then on these sessions write nothing, and read nothing five minutes later.
    Their sessions as a merchant go on.
    """
    require_operator(actor, REFUSAL)
    officer = directory.get_user(email)
    revoked = [city for city in officer.cities if city_slug in {None, city}]
    done = [f"revoked {city}" for city in revoked]
    if not dry_run:
        for city in revoked:
            directory.remove_from_city(email, city)
    # Even if there was nothing to revoke: an earlier run may have failed at this point.
    if ended := _end_sessions(officer.sub, dry_run=dry_run):
        done.append(f"ended {ended} session{'s' if ended > 1 else ''}")
    return Outcome(email=email, done=done)


def list_officers(actor: Actor, city_slug: str | None = None) -> list[PoolUser]:
    """Return the officers of one city or (None) all, by e-mail address."""
    require_operator(actor, REFUSAL)
    listed = [each for each in directory.iter_officers() if city_slug in {None, *each.cities}]
    return sorted(listed, key=lambda officer: officer.email)


def _end_sessions(sub: str, *, dry_run: bool) -> int:
    """Delete the records of somebody's sessions as an officer; return how many there were."""
    ended: set[str] = set()
    for delay in (0.0, INDEX_DELAY):
        # A token from before the revocation may become a session at this moment,
        # and the index is behind the table.
        time.sleep(0.0 if dry_run else delay)
        for session in Session.person.query(
            sub, filter_condition=Session.app_client == OFFICERS.name
        ):
            ended.add(session.id)
            if not dry_run:
                session.delete()
    return len(ended)
