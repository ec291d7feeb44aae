"""Texts for searching, and codes that people read and type."""

from unicodedata import combining, normalize


def fold(text: str) -> str:
    """Return text as it is searched: without capitals, accents and extra spaces."""
    letters = normalize("NFKD", text)
    return " ".join("".join(c for c in letters if not combining(c)).casefold().split())


# Crockford's alphabet: it has no characters that look alike.
# pragma: allowlist nextline secret
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
