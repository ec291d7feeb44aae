"""Deleting somebody's sign-in from the user pool: last of all, after what they left here.

A person's own page does it with their own token, which has power over nobody
else; the site's key has none over people. An operator's key may have.
See docs/decisions/0011-erasure.md.
"""

import re
from collections.abc import Iterable

from core.errors import DomainError, NotFound
from identity import cognito, encryption, tokens
from identity.app_clients import APP_CLIENTS, CITY_HALL
from identity.cognito import Person
from identity.errors import SignInFailed
from identity.sessions.models import Session

SUB = re.compile(r"[0-9A-Za-z-]{1,128}")


class SignInNotDeleted(DomainError):
    """The sign-in is not deleted; `str()` says why."""

    status = 409
    title = "The sign-in stays"


class FreshSignInNeeded(SignInNotDeleted):
    """The session cannot prove any more that its person may delete themselves."""


def delete_own_sign_in(session: Session) -> None:
    """Delete the person behind a session from the pool, by a token of their own.

    SignInStays for somebody who decides for a city, SignInAgain, or
    SignInServiceSilent.
    """
    app_client = APP_CLIENTS[session.app_client]
    try:
        renewal = cognito.renew(app_client, encryption.decrypt(session.refresh_token))
        claims = tokens.verify(renewal.id_token, app_client, nonce=None)
        _require_no_city_hall(claims.get("cognito:groups", ()))
        cognito.delete_oneself(renewal.access_token)
    except (cognito.Refused, encryption.DecryptionFailed, SignInFailed) as refusal:
        raise FreshSignInNeeded(
            "Your sign-in itself could not be deleted: the session is too old for it."
        ) from refusal


def find_person(sub: str) -> Person | None:
    """Return who has a `sub`, None if nobody has; with a key that may look into the pool.

    NotAllowed with any other.
    """
    if not SUB.fullmatch(sub):
        raise NotFound("A person is named by the sub that Cognito gave them.")
    return cognito.find_person(sub)


def delete_sign_in(person: Person) -> None:
    """Delete somebody from the pool, with a key that may; SignInStays for an officer."""
    _require_no_city_hall(person.groups)
    cognito.delete_person(person.username)


def _require_no_city_hall(groups: Iterable[str]) -> None:
    if any(group.startswith(CITY_HALL) for group in groups):
        raise SignInNotDeleted(
            "The sign-in stays, since it also decides for a city hall."
            " An operator can revoke that first."
        )
