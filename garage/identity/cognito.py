"""What the site asks of Cognito between sign-in and sign-out.

Through its API and not its OAuth endpoints, for one reason each: renewed tokens
have the groups here on the embedded AWS too, and it revokes here at all. Both
actions are open to whoever holds a client's secret; they need no permission.
"""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from garage.identity.errors import SignInServiceSilent

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

    from garage.identity.doors import Door

CONNECT_TIMEOUT = 2.0  # seconds
READ_TIMEOUT = 5.0
ATTEMPTS = 2

REFUSALS = {"NotAuthorizedException", "RefreshTokenReuseException", "UserNotFoundException"}
PASSING = {"InternalErrorException", "TooManyRequestsException"}


class Refused(Exception):
    """Cognito gives no more tokens: signed out, revoked, disabled, deleted or expired."""


class Renewal(NamedTuple):
    id_token: str
    refresh_token: str


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


def renew(door: "Door", refresh_token: str) -> Renewal:
    """Exchange a refresh token for a fresh ID token; raise Refused or SignInServiceSilent."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = client().get_tokens_from_refresh_token(
            ClientId=door.client.id,
            ClientSecret=door.client.secret,
            RefreshToken=refresh_token,
        )
    except ClientError as fault:
        code = fault.response["Error"]["Code"]
        if code in REFUSALS:
            raise Refused(code) from None
        if code in PASSING:
            raise SignInServiceSilent from fault
        raise
    except BotoCoreError as fault:
        raise SignInServiceSilent from fault
    tokens = answer["AuthenticationResult"]
    # A new refresh token comes only if the client rotates them.
    return Renewal(tokens["IdToken"], tokens.get("RefreshToken", refresh_token))


def revoke(door: "Door", refresh_token: str) -> None:
    """Make a refresh token, and what was issued with it, worthless; raise SignInServiceSilent."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client().revoke_token(
            ClientId=door.client.id, ClientSecret=door.client.secret, Token=refresh_token
        )
    except (BotoCoreError, ClientError) as fault:
        raise SignInServiceSilent from fault
