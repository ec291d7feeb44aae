"""Which accounts have the same e-mail address: to tell their person, and for nothing else.

Accounts are never merged: an address may be somebody else's tomorrow, and
Facebook's word for one is not ours. But who signs in with Facebook today and
with a password tomorrow looks for applications that are in the other account,
and should be told so. Kept under a keyed hash, so the table is no list of
addresses; what has not been used for over a year goes away by itself.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.crypto import salted_hmac

from identity.sign_in.models import EmailAccounts

KEPT_FOR = timedelta(days=400)  # from one season well into the next
TRUE = (True, "true")
"""How Cognito says so: by a boolean in tokens, by a word at its userInfo endpoint."""


def proven_address(claims: Mapping[str, Any]) -> str:
    """Return the e-mail address of which the token says that it is the person's; else nothing.

    Cognito has sent a code to the one, and Facebook gives only what it has confirmed itself.
    """
    proven = claims.get("email_verified") in TRUE or is_from_facebook(claims)
    address: str = claims.get("email", "")
    return address if proven else ""


def is_from_facebook(claims: Mapping[str, Any]) -> bool:
    return any(each.get("providerName") == "Facebook" for each in claims.get("identities", ()))


def record_sign_in(claims: Mapping[str, Any]) -> list[str]:
    """Note a sign-in; return by which ways other accounts with the same address sign in.

    The ways are "e-mail and password" and "Facebook". Asks DynamoDB once.
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
    """Drop an account from an address, now that nothing is left in it; not there is no error."""
    EmailAccounts(_hash(email)).update(
        actions=[EmailAccounts.by_email.delete({sub}), EmailAccounts.by_facebook.delete({sub})]
    )


def _hash(email: str) -> str:
    return salted_hmac(
        "identity.sign_in.email_accounts", email.strip().casefold(), algorithm="sha256"
    ).hexdigest()
