"""Lists page by page, with signed cursors."""

from dataclasses import dataclass
from typing import Any, Self

from django.core import signing
from pynamodb.pagination import ResultIterator

from core.errors import NotFound


@dataclass(frozen=True)
class Page[T]:
    """Some items in order, and the cursor of those that follow (None: there are none)."""

    items: tuple[T, ...]
    next_cursor: str | None

    @classmethod
    def of(cls, results: ResultIterator[T], *, query: str) -> Self:
        """Read `results` up to their limit; `query` names the list."""
        items = tuple(results)
        key = results.last_evaluated_key
        return cls(items, sign_key(key, query=query) if key else None)


def sign_key(key: dict[str, Any], *, query: str) -> str:
    """Return the cursor of `query` after the item with this key.

    It is the same each time, so that a page that contains it stays the same too.
    """
    return signing.Signer(salt=f"cursor:{query}").sign_object(key)


def start_key(cursor: str | None, *, query: str) -> dict[str, Any] | None:
    """Return the key in a cursor of the same `query`.

    Cursors are signed: a cursor of another query, or a made-up one, is NotFound.
    """
    if not cursor:
        return None
    try:
        key: dict[str, Any] = signing.Signer(salt=f"cursor:{query}").unsign_object(cursor)
    except signing.BadSignature:
        raise NotFound("There is no such page of this list.") from None
    return key
