"""ID tokens: who somebody is, as Cognito signed it, or no one at all."""

import hmac
import time
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.conf import settings

from identity.app_clients import AppClient
from identity.errors import SignInFailed, SignInServiceSilent

if TYPE_CHECKING:
    from jwt import PyJWK

LEEWAY = 30.0  # seconds by which Cognito's clock and ours may differ
KEPT_FOR = 3600.0  # seconds; a key that Cognito withdraws is not believed for longer
REFETCH_AFTER = 30.0  # seconds; made-up key ids must not make us ask at each request
CLAIMS = ["aud", "exp", "iat", "iss", "sub", "token_use"]


class KeySet:
    """The pool's public keys, by their ids; fetched when needed, kept by the process."""

    def __init__(self) -> None:
        self._keys: dict[str, PyJWK] = {}
        self._fetched = -KEPT_FOR
        self._lock = Lock()

    def key(self, kid: str) -> "PyJWK | None":
        """Return the key of that id; None if the pool has none. Raises SignInServiceSilent."""
        with self._lock:
            age = time.monotonic() - self._fetched
            if age >= KEPT_FOR or (kid not in self._keys and age >= REFETCH_AFTER):
                self._keys = self._fetch()
                self._fetched = time.monotonic()
            return self._keys.get(kid)

    def forget(self) -> None:
        """Fetch anew next time, whatever was fetched how long ago."""
        with self._lock:
            self._fetched = -KEPT_FOR

    @staticmethod
    def _fetch() -> "dict[str, PyJWK]":
        import requests
        from jwt import PyJWK

        try:
            answer = requests.get(settings.GARAGE.jwks_url, timeout=settings.OIDC_TIMEOUT)
            answer.raise_for_status()
            listed = answer.json()["keys"]
        except (requests.RequestException, KeyError) as fault:
            raise SignInServiceSilent from fault
        return {
            jwk["kid"]: PyJWK(jwk, algorithm="RS256")
            for jwk in listed
            if jwk.get("kty") == "RSA" and jwk.get("use", "sig") == "sig" and "kid" in jwk
        }


keys = KeySet()


def verify(token: str, app_client: AppClient, *, nonce: str | None) -> Mapping[str, Any]:
    """Return the claims of an ID token that Cognito issued to this door's client.

    `nonce` is the one sent with the request; None where none was sent, which is
    so for renewed tokens only. Raises SignInFailed for any other token, and
    SignInServiceSilent when the pool's keys cannot be had.
    """
    import jwt

    try:
        kid = jwt.get_unverified_header(token).get("kid", "")
        if not (key := keys.key(kid)):
            raise SignInFailed.unproven("token of an unknown key")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=app_client.client.id,
            issuer=settings.GARAGE.oidc_issuer,
            leeway=LEEWAY,
            options={"require": CLAIMS, "strict_aud": True},
        )
    except jwt.InvalidTokenError as fault:
        # The library's message can quote the token; its name says enough.
        raise SignInFailed.unproven(type(fault).__name__) from None
    if claims["token_use"] != "id":  # noqa: S105
        raise SignInFailed.unproven("not an ID token")
    if nonce is not None and not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
        raise SignInFailed.unproven("wrong nonce")
    return claims
