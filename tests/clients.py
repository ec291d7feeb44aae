"""Test clients of people who are signed in, by the site's own session code."""

import secrets
from collections.abc import Iterable

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import Client, RequestFactory

from identity.app_clients import MERCHANTS, OFFICERS, AppClient
from identity.models import User
from identity.sessions import operations as sessions


def sign_in(
    client: Client,
    *,
    sub: str | None = None,
    cities: Iterable[str] = (),
    email: str = "person@example.com",
    name: str = "Test Person",
    app_client: AppClient | None = None,
) -> User:
    """Give the client a session, record and all: an officer's of `cities`, or else a merchant's.

    `app_client` chooses the client if `cities` does not: an officer who has lost their last
    city still has a session.
    Cognito is not asked, and knows no such person; so the session lasts for the
    five minutes for which it need not be asked.
    """
    cities = list(cities)
    app_client = app_client or (OFFICERS if cities else MERCHANTS)
    user = User.at(
        app_client, sub=sub or f"test-{secrets.token_hex(8)}", email=email, name=name, cities=cities
    )
    user.refresh_token = "issued-by-nobody"
    request = RequestFactory().get("/")
    request.session = SessionStore()
    auth.login(
        request, user, backend=f"identity.sign_in.backend.{app_client.name.capitalize()}Backend"
    )
    sessions.begin(request, user)
    request.session.save()
    key = request.session.session_key
    assert key
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return user
