"""Keeping a secret in a record: sealed with the secret key, opened with it or its fallbacks."""

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class DecryptionFailed(Exception):
    """Not sealed with any key that is still in use."""


def encrypt(secret: str) -> str:
    return _keys().encrypt(secret.encode()).decode()


def decrypt(signed: str) -> str:
    """Return what was sealed, or raise Unsealable."""
    from cryptography.fernet import InvalidToken

    try:
        return _keys().decrypt(signed).decode()
    except InvalidToken:
        raise DecryptionFailed from None


def _keys() -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet

    # A key of its own: what leaks from one use of the secret key opens no other.
    derived = [
        salted_hmac("identity.encryption", b"", secret=secret, algorithm="sha256").digest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived])
