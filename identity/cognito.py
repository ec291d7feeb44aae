"""What the site asks of Cognito between sign-in and sign-out, and what operators ask of it.

Through its API and not its OAuth endpoints, for one reason each: renewed tokens
have the groups here on the embedded AWS too, and it revokes here at all. Both
actions are open to whoever holds a client's secret, and to delete oneself takes
one's own token; they need no permission. What looks into the pool takes one that
the site's key has not got.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from core.errors import NotAllowed
from identity.errors import SignInServiceSilent

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

    from identity.app_clients import AppClient


CONNECT_TIMEOUT = 2.0  # seconds
READ_TIMEOUT = 5.0
ATTEMPTS = 2

REFUSALS = {"NotAuthorizedException", "RefreshTokenReuseException", "UserNotFoundException"}
PASSING = {"InternalErrorException", "TooManyRequestsException"}


class Refused(Exception):
    """Cognito gives no more tokens: signed out, revoked, disabled, deleted or expired."""


class Renewal(NamedTuple):
    id_token: str
    access_token: str
    refresh_token: str


class Person(NamedTuple):
    """Somebody in the pool, as an operator finds them."""

    username: str
    email: str
    groups: tuple[str, ...]


@cache
def client() -> "CognitoIdentityProviderClient":
    import boto3
    from botocore.config import Config

    return boto3.client(
        "cognito-idp",
        region_name=settings.GARAGE.region,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        ),
    )


@contextmanager
def _answering() -> Iterator[None]:
    """Raise Refused, NotAllowed or SignInServiceSilent for what Cognito refuses or fails to do."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as fault:
        code = fault.response["Error"]["Code"]
        if code in REFUSALS:
            raise Refused(code) from None
        if code in PASSING:
            raise SignInServiceSilent from fault
        if code == "AccessDeniedException":
            raise NotAllowed(
                "The key that this runs with has no power over people in the user pool."
            ) from fault
        raise
    except BotoCoreError as fault:
        raise SignInServiceSilent from fault


def renew(app_client: "AppClient", refresh_token: str) -> Renewal:
    """Exchange a refresh token for a fresh ID token; raise Refused or SignInServiceSilent."""
    with _answering():
        answer = client().get_tokens_from_refresh_token(
            ClientId=app_client.client.id,
            ClientSecret=app_client.client.secret,
            RefreshToken=refresh_token,
        )
    tokens = answer["AuthenticationResult"]
    # A new refresh token comes only if the client rotates them.
    return Renewal(
        tokens["IdToken"], tokens["AccessToken"], tokens.get("RefreshToken", refresh_token)
    )


def revoke(app_client: "AppClient", refresh_token: str) -> None:
    """Make a refresh token, and what was issued with it, worthless; raise SignInServiceSilent."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client().revoke_token(
            ClientId=app_client.client.id,
            ClientSecret=app_client.client.secret,
            Token=refresh_token,
        )
    except (BotoCoreError, ClientError) as fault:
        raise SignInServiceSilent from fault


def delete_oneself(access_token: str) -> None:
    """Delete whom an access token stands for; raise Refused or SignInServiceSilent."""
    with _answering():
        client().delete_user(AccessToken=access_token)


def find_person(sub: str) -> Person | None:
    """Return who has a `sub`, None if nobody has; raise NotAllowed or SignInServiceSilent."""
    pool = settings.GARAGE.user_pool_id
    with _answering():
        # By `sub` and not by name: who came through Facebook has another name.
        found = client().list_users(UserPoolId=pool, Filter=f'sub = "{sub}"')["Users"]
        if not found:
            return None
        name = found[0]["Username"]
        pages = (
            client()
            .get_paginator("admin_list_groups_for_user")
            .paginate(UserPoolId=pool, Username=name)
        )
        groups = tuple(group["GroupName"] for page in pages for group in page["Groups"])
    facts = {each["Name"]: each.get("Value", "") for each in found[0]["Attributes"]}
    return Person(name, facts.get("email", ""), groups)


def delete_person(username: str) -> None:
    """Delete somebody; not there is no error. Raise NotAllowed or SignInServiceSilent."""
    with suppress(Refused), _answering():
        client().admin_delete_user(UserPoolId=settings.GARAGE.user_pool_id, Username=username)
