"""Sessions: a signed cookie that is trusted for five minutes, and a record in DynamoDB.

The cookie holds the claims that Cognito last confirmed, and when. For five minutes
a page that only reads trusts them and calls nobody. After that, and always before
anything is written, the session record is read: without it the session has ended.
When the record is older than five minutes as well, Cognito is asked to confirm it.
See docs/decisions/0003-sessions.md.
"""

import logging
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY

from core.closed_accounts.operations import require_open
from core.dynamodb import transaction
from core.errors import AlreadyExists, Unavailable
from identity import cognito, encryption, tokens
from identity.app_clients import APP_CLIENTS
from identity.errors import SignInFailed
from identity.models import User, Visitor
from identity.sessions import devices
from identity.sessions.models import Session

if TYPE_CHECKING:
    from django.http import HttpRequest

TRUSTED_FOR = 300  # seconds
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
PERSON = "person"
"""The key of the claims in the cookie."""

log = logging.getLogger(__name__)


def begin(request: "HttpRequest", user: User) -> None:
    """Start a session for a person who has just signed in, always under a new id.

    Raises AccountClosed for a merchant whose account is deleted. An officer's work has
    nothing to do with an account as a merchant.
    """
    session = Session(
        secrets.token_urlsafe(32),
        sub=user.sub,
        created_at=datetime.now(UTC),
        expires_at=datetime.now(UTC) + user.app_client.absolute_timeout,
        app_client=user.app_client.name,
        email=user.email,
        name=user.name,
        cities=set(user.cities) or None,
        verified_at=int(time.time()),
        refresh_token=encryption.encrypt(user.refresh_token),
        device=devices.describe(request.headers.get("User-Agent", "")),
    )
    with transaction() as write:
        if not user.app_client.grants_city_roles:
            require_open(write, user.sub)
        write.save(
            session,
            condition=Session.id.does_not_exist(),
            conflict=AlreadyExists("This session has begun already."),
        )
    request.session[PERSON] = _in_cookie(session)


def resume(request: "HttpRequest") -> User | Visitor:
    """Return whose request it is; the cookie of a session that has ended is cleared.

    Calls nobody if the method is safe and the cookie fresh. Raises what DynamoDB and
    Cognito raise when they do not answer.
    """
    cookie = request.session.get(PERSON)
    if not cookie or SESSION_KEY not in request.session:
        return Visitor()
    if request.method in SAFE_METHODS and _fresh(cookie["verified_at"]):
        return _user(cookie)
    session = Session.current(cookie["id"])
    if session is None or not (_fresh(int(session.verified_at)) or _renew(session)):
        request.session.flush()
        return Visitor()
    known = _in_cookie(session)
    if known != cookie:
        request.session[PERSON] = known
    return _user(known)


def end(request: "HttpRequest") -> None:
    """End the session of a request, if it has one, here and at Cognito."""
    # The record first: if that fails, the cookie stays, and signing out can be repeated.
    if session := current_session(request):
        close(session)
    request.session.flush()
    request.user = Visitor()


def close(session: Session) -> None:
    """End a session of any browser: it can write nothing from now on, and soon read nothing."""
    session.delete()
    try:
        cognito.revoke(APP_CLIENTS[session.app_client], encryption.decrypt(session.refresh_token))
    except (Unavailable, encryption.DecryptionFailed):
        # Only the record held the token, and it is deleted.
        log.warning("A refresh token was not revoked at sign-out", exc_info=True)


def list_sessions(sub: str) -> list[Session]:
    """Return a person's sessions with both app clients, the newest first."""
    return [session for session in list_records(sub) if session.ends_at > datetime.now(UTC)]


def list_records(sub: str) -> list[Session]:
    """Return what `list_sessions` does, and the records of sessions that have ended.

    DynamoDB deletes these later.
    """
    return list(Session.person.query(sub, scan_index_forward=False))


def session_id(request: "HttpRequest") -> str:
    """Return the id of the request's session; empty if it has none."""
    cookie = request.session.get(PERSON)
    return cookie["id"] if cookie else ""


def current_session(request: "HttpRequest") -> Session | None:
    """Return the request's session unless it has ended; reads DynamoDB."""
    named = session_id(request)
    return Session.current(named) if named else None


def is_current(request: "HttpRequest", session: Session) -> bool:
    """Whether it is the session of this request."""
    return session_id(request) == session.id


def _fresh(verified_at: int) -> bool:
    return time.time() - verified_at < TRUSTED_FOR


def _renew(session: Session) -> bool:
    """Ask Cognito to confirm the session; False if it refuses, which ends the session."""
    app_client = APP_CLIENTS[session.app_client]
    asked = int(time.time())
    try:
        renewal = cognito.renew(app_client, encryption.decrypt(session.refresh_token))
        claims = tokens.verify(renewal.id_token, app_client, nonce=None)
    except (cognito.Refused, encryption.DecryptionFailed, SignInFailed) as refusal:
        log.info("A session ended at its renewal: %s", type(refusal).__name__)
        session.delete()
        return False
    user = User.from_claims(claims, app_client)
    if user.sub != session.sub:
        log.error("A session's renewal named another person; the session was ended")
        session.delete()
        return False
    return session.renew(user, at=asked, refresh_token=encryption.encrypt(renewal.refresh_token))


def _in_cookie(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "app_client": session.app_client,
        "sub": session.sub,
        "email": session.email,
        "name": session.name,
        "cities": sorted(session.cities or ()),
        "verified_at": int(session.verified_at),
    }


def _user(cookie: dict[str, Any]) -> User:
    return User.at(
        APP_CLIENTS[cookie["app_client"]],
        sub=cookie["sub"],
        email=cookie["email"],
        name=cookie["name"],
        cities=cookie["cities"],
    )
