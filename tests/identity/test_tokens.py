"""Only an ID token that this pool issued to this app client identifies a person."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import jwt
import pytest
from pytest_django import Settings

from identity import tokens
from identity.app_clients import MERCHANTS, OFFICERS
from identity.errors import SignInFailed, SignInUnavailable
from tests.identity.sign_in.issuer import ISSUER, Issuer, running_issuer


@pytest.fixture
def issuer(settings: Settings) -> Generator[Issuer]:
    with running_issuer() as issuer:
        settings.GARAGE = replace(settings.GARAGE, oidc_issuer=ISSUER, jwks_url=issuer.jwks_url)
        tokens.keys.forget()
        yield issuer
    tokens.keys.forget()


def good(issuer: Issuer, **changes: Any) -> dict[str, Any]:
    return issuer.claims(MERCHANTS.credentials.id, **changes)


def refusal(token: str, nonce: str | None = "the-nonce") -> str:
    with pytest.raises(SignInFailed) as refused:
        tokens.verify(token, MERCHANTS, nonce=nonce)
    return refused.value.cause


def test_valid_token_returns_claims(issuer: Issuer) -> None:
    claims = good(issuer)
    assert tokens.verify(issuer.sign(claims), MERCHANTS, nonce="the-nonce") == claims


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"aud": "another-client"}, "InvalidAudienceError"),
        ({"aud": None}, "MissingRequiredClaimError"),
        ({"iss": "https://cognito-idp.eu-central-1.amazonaws.com/other"}, "InvalidIssuerError"),
        ({"iss": None}, "MissingRequiredClaimError"),
        ({"exp": 1_600_000_000}, "ExpiredSignatureError"),
        ({"exp": None}, "MissingRequiredClaimError"),
        ({"iat": None}, "MissingRequiredClaimError"),
        ({"iat": 4_000_000_000}, "ImmatureSignatureError"),
        ({"sub": None}, "MissingRequiredClaimError"),
        ({"token_use": "access"}, "not an ID token"),
        ({"token_use": None}, "MissingRequiredClaimError"),
        ({"nonce": "another"}, "wrong nonce"),
        ({"nonce": None}, "wrong nonce"),
    ],
)
def test_invalid_claims_are_refused(issuer: Issuer, changes: dict[str, Any], cause: str) -> None:
    assert refusal(issuer.sign(good(issuer, **changes))) == cause


def test_multiple_audiences_are_refused(issuer: Issuer) -> None:
    both = [MERCHANTS.credentials.id, "another-client"]
    assert refusal(issuer.sign(good(issuer, aud=both))) == "InvalidAudienceError"


def test_token_of_other_app_client_is_refused(issuer: Issuer) -> None:
    assert (
        refusal(issuer.sign(issuer.claims(OFFICERS.credentials.id, **{"cognito:groups": ["x"]})))
        == "InvalidAudienceError"
    )


def test_access_token_is_refused(issuer: Issuer) -> None:
    """As Cognito makes them: `client_id` in place of `aud`."""
    claims = good(issuer, aud=None, token_use="access", client_id=MERCHANTS.credentials.id)
    assert refusal(issuer.sign(claims)) == "MissingRequiredClaimError"


def test_small_clock_skew_is_accepted(issuer: Issuer) -> None:
    now = int(time.time())
    late = issuer.sign(good(issuer, exp=now - 20))
    early = issuer.sign(good(issuer, iat=now + 20))
    for token in (late, early):
        assert tokens.verify(token, MERCHANTS, nonce="the-nonce")["sub"] == "somebody"
    assert refusal(issuer.sign(good(issuer, exp=now - 60))) == "ExpiredSignatureError"


def test_unsigned_token_is_refused(issuer: Issuer) -> None:
    token = jwt.encode(good(issuer), None, "none", headers={"kid": "one"})  # type: ignore[arg-type]
    assert refusal(token) == "InvalidAlgorithmError"


def test_hs256_signature_with_public_key_is_refused(issuer: Issuer) -> None:
    """HS256 with the published key, made by hand because the library refuses to."""

    def part(content: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=")

    head = part({"alg": "HS256", "typ": "JWT", "kid": "one"}) + b"." + part(good(issuer))
    mac = hmac.digest(issuer.public_pem(), head, hashlib.sha256)
    token = head + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")
    assert refusal(token.decode()) == "InvalidAlgorithmError"


def test_signature_of_other_key_is_refused(issuer: Issuer) -> None:
    issuer.add_key("theirs", published=False)
    assert refusal(issuer.sign(good(issuer), signer="theirs")) == "InvalidSignatureError"


def test_malformed_token_is_refused(issuer: Issuer) -> None:
    assert refusal("nonsense") == "DecodeError"
    unnamed = jwt.encode(good(issuer), issuer.keys["one"], "RS256")
    assert refusal(unnamed) == "token of an unknown key"


def test_keys_are_fetched_once(issuer: Issuer) -> None:
    for _ in range(3):
        tokens.verify(issuer.sign(good(issuer)), MERCHANTS, nonce="the-nonce")
    assert issuer.asked == 1


def test_unknown_key_is_fetched_only_once(issuer: Issuer) -> None:
    issuer.add_key("made-up", published=False)
    for _ in range(3):
        assert refusal(issuer.sign(good(issuer), kid="made-up")) == "token of an unknown key"
    assert issuer.asked == 1


def test_rotated_keys_are_fetched_again(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens.verify(issuer.sign(good(issuer)), MERCHANTS, nonce="the-nonce")
    issuer.add_key("two")
    monkeypatch.setattr(tokens, "REFETCH_AFTER", 0)
    assert tokens.verify(issuer.sign(good(issuer), kid="two"), MERCHANTS, nonce="the-nonce")
    assert issuer.asked == 2


def test_withdrawn_key_is_refused_after_cache_lifetime(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens.verify(issuer.sign(good(issuer)), MERCHANTS, nonce="the-nonce")
    issuer.published.clear()
    monkeypatch.setattr(tokens, "LIFETIME", 0)
    assert refusal(issuer.sign(good(issuer))) == "token of an unknown key"


def test_unavailable_keys_raise_sign_in_unavailable(issuer: Issuer) -> None:
    issuer.broken = True
    with pytest.raises(SignInUnavailable):
        tokens.verify(issuer.sign(good(issuer)), MERCHANTS, nonce="the-nonce")
