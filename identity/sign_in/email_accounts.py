"""Which accounts have the same e-mail address, so that their person can be told.

Accounts are never merged: an address may belong to somebody else tomorrow, and
Facebook confirms addresses by its own rules. But a person who signs in with Facebook
today and with a password tomorrow looks for applications that are in the other
account, and should be told so. The key is a keyed hash, so that the table is no list
of addresses; entries that are not used for over a year expire.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.crypto import salted_hmac

from identity.sign_in.models import EmailAccounts

KEPT_FOR = timedelta(days=400)  # from one Christmas market well into the next
TRUE = (True, "true")
"""How Cognito says so: a boolean in tokens, a string from its userInfo endpoint."""


def proven_address(claims: Mapping[str, Any]) -> str:
    """Return the e-mail address if the token says that it is verified; else an empty text.

    Cognito verifies addresses by a code; Facebook gives only addresses that it verified.
    """
    proven = claims.get("email_verified") in TRUE or is_from_facebook(claims)
    address: str = claims.get("email", "")
    return address if proven else ""


def is_from_facebook(claims: Mapping[str, Any]) -> bool:
    return any(each.get("providerName") == "Facebook" for each in claims.get("identities", ()))


def record_sign_in(claims: Mapping[str, Any]) -> list[str]:
    """Record a sign-in; return how other accounts with the same address sign in.

    The answers are "e-mail and password" and "Facebook". One call to DynamoDB.
    """
    if not (email := proven_address(claims)):
        return []
    address, sub = EmailAccounts(_hash(email)), {claims["sub"]}
    way = EmailAccounts.by_facebook if is_from_facebook(claims) else EmailAccounts.by_email
    address.update(
        actions=[way.add(sub), EmailAccounts.expires_at.set(datetime.now(UTC) + KEPT_FOR)],
    )
    ways = {"e-mail and password": address.by_email, "Facebook": address.by_facebook}
    return [name for name, subs in ways.items() if (subs or set()) - sub]


def forget(email: str, sub: str) -> None:
    """Remove an account from an address, once nothing is left in it; none is no error."""
    # Without the condition an address that is not recorded would become an entry for ever.
    EmailAccounts(_hash(email)).update_if(
        EmailAccounts.hash.exists(),
        EmailAccounts.by_email.delete({sub}),
        EmailAccounts.by_facebook.delete({sub}),
    )


def _hash(email: str) -> str:
    return salted_hmac(
        "identity.sign_in.email_accounts", email.strip().casefold(), algorithm="sha256"
    ).hexdigest()
