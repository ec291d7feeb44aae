"""Who is signed in. There is no table of users: Cognito has them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.crypto import salted_hmac

from core.actors import Actor
from identity.app_clients import CITY_HALL, AppClient


class User(AbstractBaseUser):
    """A person as their ID token describes them; never saved.

    The key is Cognito's `sub`: e-mail addresses change hands, and Facebook may give
    none. `cities` are the cities for which an officer decides; empty for merchants.
    """

    sub = models.CharField(primary_key=True, max_length=128)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=2048, blank=True)
    password = None  # type: ignore[assignment]
    last_login = None

    USERNAME_FIELD = "sub"
    REQUIRED_FIELDS = ()  # type: ignore[assignment]

    class Meta:
        managed = False

    app_client: AppClient
    cities: frozenset[str] = frozenset()
    refresh_token = ""
    """Only set during the sign-in; the session record stores it."""
    claims: Mapping[str, Any] = MappingProxyType({})
    """Only set during the sign-in: all claims of the token."""

    @classmethod
    def at(
        cls,
        app_client: AppClient,
        *,
        sub: str,
        email: str = "",
        name: str = "",
        cities: Iterable[str] = (),
    ) -> Self:
        user = cls(sub=sub, email=email, name=name)
        user.app_client = app_client
        user.cities = frozenset(cities) if app_client.grants_city_roles else frozenset()
        return user

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any], app_client: AppClient) -> Self:
        """Return the person whom the verified claims of an ID token describe."""
        groups = claims.get("cognito:groups", [])
        return cls.at(
            app_client,
            sub=claims["sub"],
            email=claims.get("email", ""),
            name=claims.get("name", ""),
            cities=[g.removeprefix(CITY_HALL) for g in groups if g.startswith(CITY_HALL)],
        )

    @property
    def actor(self) -> Actor:
        if self.app_client.grants_city_roles:
            return Actor.officer(self.sub, self.cities, self.name)
        return Actor.merchant(self.sub)

    def get_session_auth_hash(self) -> str:
        """Bind a session to its person. No password: the session record ends sessions."""
        return salted_hmac("identity.User", self.sub, algorithm="sha256").hexdigest()


class Visitor(AnonymousUser):
    """Somebody who has not signed in."""

    email = name = ""

    @property
    def actor(self) -> Actor:
        return Actor.visitor()
