"""The calls to Cognito's API: the site's, between sign-in and sign-out, and the operators'.

The site uses the API instead of the OAuth endpoints, since only the API of the
embedded AWS puts groups into renewed tokens and revokes tokens. Both actions need an
app client's secret and no permission; deleting one's own user needs one's own token.
Reading the pool needs a permission that the site's key does not have.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from core.calls import CONNECT_TIMEOUT, READ_TIMEOUT, watch
from core.errors import NotAllowed
from identity.errors import SignInUnavailable

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

    from identity.app_clients import AppClient


ATTEMPTS = 2  # including the first: a person waits for the answer

REFUSALS = {"NotAuthorizedException", "RefreshTokenReuseException", "UserNotFoundException"}
PASSING = {"InternalErrorException", "TooManyRequestsException"}


class Refused(Exception):
    """Cognito gives no more tokens: signed out, revoked, disabled, deleted or expired."""


class Renewal(NamedTuple):
    id_token: str
    access_token: str
    refresh_token: str


class CognitoUser(NamedTuple):
    """A user of the pool, as an operator sees them."""

    username: str
    email: str
    groups: tuple[str, ...]


@cache
def client() -> "CognitoIdentityProviderClient":
    import boto3
    from botocore.config import Config

    made = boto3.client(
        "cognito-idp",
        region_name=settings.GARAGE.region,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        ),
    )
    watch(made.meta.events, "cognito")
    return made


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise Refused, NotAllowed or SignInUnavailable for what Cognito refuses or fails to do."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as fault:
        code = fault.response["Error"]["Code"]
        if code in REFUSALS:
            raise Refused(code) from None
        if code in PASSING:
            raise SignInUnavailable from fault
        if code == "AccessDeniedException":
            raise NotAllowed(
                "The AWS credentials in use may not read or change users of the pool."
            ) from fault
        raise
    except BotoCoreError as fault:
        raise SignInUnavailable from fault


def renew(app_client: "AppClient", refresh_token: str) -> Renewal:
    """Exchange a refresh token for a fresh ID token; raise Refused or SignInUnavailable."""
    with translated_errors():
        answer = client().get_tokens_from_refresh_token(
            ClientId=app_client.credentials.id,
            ClientSecret=app_client.credentials.secret,
            RefreshToken=refresh_token,
        )
    tokens = answer["AuthenticationResult"]
    # A new refresh token comes only if the client rotates them.
    return Renewal(
        tokens["IdToken"], tokens["AccessToken"], tokens.get("RefreshToken", refresh_token)
    )


def revoke(app_client: "AppClient", refresh_token: str) -> None:
    """Make a refresh token, and what was issued with it, worthless; raise SignInUnavailable."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client().revoke_token(
            ClientId=app_client.credentials.id,
            ClientSecret=app_client.credentials.secret,
            Token=refresh_token,
        )
    except (BotoCoreError, ClientError) as fault:
        raise SignInUnavailable from fault


def delete_own_user(access_token: str) -> None:
    """Delete the user of an access token; raise Refused or SignInUnavailable."""
    with translated_errors():
        client().delete_user(AccessToken=access_token)


def find_user(sub: str) -> CognitoUser | None:
    """Return the user with a `sub`, or None; raise NotAllowed or SignInUnavailable."""
    pool = settings.GARAGE.user_pool_id
    with translated_errors():
        # By `sub`, not by name: users from Facebook have another name.
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
    attributes = {each["Name"]: each.get("Value", "") for each in found[0]["Attributes"]}
    return CognitoUser(name, attributes.get("email", ""), groups)


def delete_user(username: str) -> None:
    """Delete a user; none is no error. Raise NotAllowed or SignInUnavailable."""
    with suppress(Refused), translated_errors():
        client().admin_delete_user(UserPoolId=settings.GARAGE.user_pool_id, Username=username)
