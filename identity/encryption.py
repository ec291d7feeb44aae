"""Encryption of secrets in records, with a key derived from SECRET_KEY or its fallbacks."""

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class DecryptionFailed(Exception):
    """No key that is still in use encrypted this."""


def encrypt(secret: str) -> str:
    return _keys().encrypt(secret.encode()).decode()


def decrypt(token: str) -> str:
    """Return the secret, or raise DecryptionFailed."""
    from cryptography.fernet import InvalidToken

    try:
        return _keys().decrypt(token).decode()
    except InvalidToken:
        raise DecryptionFailed from None


def _keys() -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet

    # A key for this purpose only: if it leaks, other uses of SECRET_KEY stay safe.
    derived = [
        salted_hmac("identity.encryption", b"", secret=secret, algorithm="sha256").digest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived])
