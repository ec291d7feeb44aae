"""mozilla-django-oidc's exchange of a code for a person, with strict checks of the token."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from core.calls import NotCalled, http_call
from identity.app_clients import MERCHANTS, OFFICERS, AppClient
from identity.errors import SignInFailed, SignInUnavailable
from identity.models import User
from identity.sign_in.oidc import AppClientSettings
from identity.tokens import verify

SERVER_ERROR = 500


class CognitoBackend(AppClientSettings, OIDCAuthenticationBackend):  # type: ignore[misc]
    """Signs people in with one app client; each app client has a subclass.

    Raises SignInFailed and SignInUnavailable. A person is their `sub`: nobody is
    looked up, matched by e-mail address, or saved.
    """

    app_client: ClassVar[AppClient]

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        if request is None or getattr(request, "app_client", None) is not self.app_client:
            return None
        user: User | None = super().authenticate(request, **credentials)
        return user

    def get_token(self, payload: dict[str, Any]) -> dict[str, Any]:
        import requests

        payload["redirect_uri"] = self.app_client.callback_url
        try:
            with http_call("sign-in"):
                tokens: dict[str, Any] = super().get_token(payload)
        except requests.HTTPError as fault:
            if fault.response.status_code >= SERVER_ERROR:
                raise SignInUnavailable from fault
            raise SignInFailed.unexpected("the code was refused") from None
        except (requests.RequestException, NotCalled) as fault:
            raise SignInUnavailable from fault
        if not {"id_token", "refresh_token"} <= tokens.keys():
            raise SignInFailed.unproven("a token is missing")
        self.refresh_token: str = tokens["refresh_token"]
        return tokens

    def verify_token(self, token: str, **kwargs: Any) -> Mapping[str, Any]:
        if not (nonce := kwargs.get("nonce")):
            raise SignInFailed.unproven("no nonce")
        return verify(token, self.app_client, nonce=nonce)

    def get_userinfo(
        self,
        access_token: str,  # noqa: ARG002
        id_token: str,  # noqa: ARG002
        payload: Mapping[str, Any],
    ) -> Mapping[str, Any]:
        """The ID token has all claims; on AWS the groups are only there."""
        return payload

    def verify_claims(self, claims: Mapping[str, Any]) -> bool:
        """A `sub` is enough: Facebook may give no e-mail address."""
        return bool(claims["sub"])

    def filter_users_by_claims(self, claims: Mapping[str, Any]) -> list[User]:  # noqa: ARG002
        return []

    def create_user(self, claims: Mapping[str, Any]) -> User:
        user = User.from_claims(claims, self.app_client)
        user.refresh_token, user.claims = self.refresh_token, claims
        return user

    def get_user(self, user_id: str) -> None:  # noqa: ARG002
        """None: a `sub` alone proves nothing. Sessions say who is signed in."""
        return


class MerchantsBackend(CognitoBackend):
    app_client = MERCHANTS


class OfficersBackend(CognitoBackend):
    app_client = OFFICERS
