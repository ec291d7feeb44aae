"""Deleting a person's user from the user pool: the last step, after all their data here.

On a person's own page it is done with that person's own token, which has power over
nobody else; the site's key has none over users. An operator's key may have.
See docs/decisions/0011-erasure.md.
"""

import re
from collections.abc import Iterable

from core.errors import DomainError, NotFound
from identity import cognito, encryption, tokens
from identity.app_clients import APP_CLIENTS, CITY_HALL, AppClient
from identity.cognito import CognitoUser
from identity.errors import SignInFailed
from identity.sessions.models import Session

SUB = re.compile(r"[0-9A-Za-z-]{1,128}")


class SignInNotDeleted(DomainError):
    """The user was not deleted; `str()` says why."""

    status = 409
    title = "The sign-in was not deleted"
    ending = "officer"
    """How the page after the deletion of an account names the reason."""


class FreshSignInNeeded(SignInNotDeleted):
    """The session can no longer prove that its person may delete the user."""

    ending = "sign_in_again"


def delete_own_sign_in(session: Session) -> None:
    """Delete the user of a session from the pool, with a token of their own.

    Raises SignInNotDeleted for an officer, FreshSignInNeeded or SignInUnavailable.
    """
    try:
        refresh_token = encryption.decrypt(session.refresh_token)
    except encryption.DecryptionFailed as failure:
        raise _fresh_sign_in_needed() from failure
    delete_sign_in_by_token(APP_CLIENTS[session.app_client], refresh_token)


def delete_sign_in_by_token(app_client: AppClient, refresh_token: str) -> None:
    """Delete the user whose refresh token this is; raises what `delete_own_sign_in` does."""
    try:
        renewal = cognito.renew(app_client, refresh_token)
        claims = tokens.verify(renewal.id_token, app_client, nonce=None)
        _refuse_officers(claims.get("cognito:groups", ()))
        cognito.delete_own_user(renewal.access_token)
    except (cognito.Refused, SignInFailed) as refusal:
        raise _fresh_sign_in_needed() from refusal


def _fresh_sign_in_needed() -> FreshSignInNeeded:
    return FreshSignInNeeded(
        "Your sign-in itself could not be deleted: the session is too old for it."
    )


def find_user(sub: str) -> CognitoUser | None:
    """Return the user with a `sub`, None without one.

    NotAllowed unless the key may read the pool.
    """
    if not SUB.fullmatch(sub):
        raise NotFound("A user is named by the sub that Cognito gave them.")
    return cognito.find_user(sub)


def delete_sign_in(user: CognitoUser) -> None:
    """Delete a user from the pool, with a key that may; SignInNotDeleted for an officer."""
    _refuse_officers(user.groups)
    cognito.delete_user(user.username)


def _refuse_officers(groups: Iterable[str]) -> None:
    if any(group.startswith(CITY_HALL) for group in groups):
        raise SignInNotDeleted(
            "The sign-in was not deleted, because it also decides for a city hall."
            " An operator can revoke that first."
        )
