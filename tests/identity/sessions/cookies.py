"""Read and change the session cookie of a test client."""

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import Client

from identity.sessions import operations as sessions
from identity.sessions.models import Session


def cookie_of(client: Client) -> str:
    """Return the session cookie's value; empty if there is none."""
    morsel = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""


def put_cookie(client: Client, value: str) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = value


def content(client: Client) -> SessionStore:
    return SessionStore(cookie_of(client))


def rewrite(client: Client, store: SessionStore) -> None:
    store.save()
    assert store.session_key
    put_cookie(client, store.session_key)


def person_in(client: Client) -> dict[str, Any]:
    person: dict[str, Any] = content(client)[sessions.PERSON]
    return person


def record_of(client: Client) -> Session | None:
    return Session.current(person_in(client)["id"])


def age_cookie(client: Client, seconds: int) -> None:
    """Make the cookie's claims older."""
    store = content(client)
    store[sessions.PERSON]["verified_at"] -= seconds
    rewrite(client, store)


def age(client: Client, seconds: int) -> None:
    """Make the claims of cookie and record older."""
    age_cookie(client, seconds)
    if session := record_of(client):
        session.update(actions=[Session.verified_at.add(-seconds)])
