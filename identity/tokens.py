"""ID tokens: who somebody is, signed by Cognito and checked here."""

import hmac
import time
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.conf import settings

from core import deadline
from core.calls import NotCalled, http_call
from identity.app_clients import AppClient
from identity.errors import SignInFailed, SignInUnavailable

if TYPE_CHECKING:
    from jwt import PyJWK

LEEWAY = 30.0  # seconds by which Cognito's clock and ours may differ
LIFETIME = 3600.0  # seconds; a key that Cognito withdraws is trusted no longer than this
REFETCH_AFTER = 30.0  # seconds; made-up key ids must not cause a call for each request
CLAIMS = ["aud", "exp", "iat", "iss", "sub", "token_use"]


class KeySet:
    """The pool's public keys by id; fetched when needed, cached by the process."""

    def __init__(self) -> None:
        self._keys: dict[str, PyJWK] = {}
        self._fetched = -LIFETIME
        self._lock = Lock()

    def key(self, kid: str) -> "PyJWK | None":
        """Return the key of that id; None if the pool has none. Raises SignInUnavailable."""
        # Another thread may be fetching them, for as long as its own request has time.
        left = deadline.remaining()
        if not self._lock.acquire(timeout=-1 if left is None else left):
            raise SignInUnavailable
        try:
            age = time.monotonic() - self._fetched
            if age >= LIFETIME or (kid not in self._keys and age >= REFETCH_AFTER):
                self._keys = self._fetch()
                self._fetched = time.monotonic()
            return self._keys.get(kid)
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Fetch the keys again next time."""
        with self._lock:
            self._fetched = -LIFETIME

    @staticmethod
    def _fetch() -> "dict[str, PyJWK]":
        import requests
        from jwt import PyJWK

        try:
            with http_call("sign-in") as timeout:
                answer = requests.get(settings.GARAGE.jwks_url, timeout=timeout)
            answer.raise_for_status()
            listed = answer.json()["keys"]
        except (requests.RequestException, NotCalled, KeyError) as fault:
            raise SignInUnavailable from fault
        return {
            jwk["kid"]: PyJWK(jwk, algorithm="RS256")
            for jwk in listed
            if jwk.get("kty") == "RSA" and jwk.get("use", "sig") == "sig" and "kid" in jwk
        }


keys = KeySet()


def verify(token: str, app_client: AppClient, *, nonce: str | None) -> Mapping[str, Any]:
    """Return the claims of an ID token that Cognito issued to this app client.

    `nonce` is the one sent with the request; None only for renewed tokens, which have
    none. Raises SignInFailed for any other token, and SignInUnavailable when the
    pool's keys cannot be fetched.
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
            audience=app_client.credentials.id,
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
