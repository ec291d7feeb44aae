"""Writes whose answer was lost: whoever sends them again is told that they are done."""

from collections.abc import Callable

from core.dynamodb.faults import as_domain_error
from core.errors import AlreadyExists, DomainError, VersionConflict

REFUSALS = (AlreadyExists, VersionConflict)


def once[T](
    write: Callable[[], T],
    find_done: Callable[[], T | None],
    *,
    refusals: tuple[type[DomainError], ...] = REFUSALS,
) -> T:
    """Return what `write` returns, or what `find_done` finds if it was written already.

    An answer of DynamoDB can be lost after the write was applied. Then nobody knows
    whether it was; and if its author sends it again, the version has changed, by
    themselves. So after a fault that passes by itself, and after one of `refusals`,
    `find_done` reads what is stored: it returns the result if the last change is exactly
    this one, by the same author, and None otherwise. Then the fault or refusal stays.
    """
    try:
        return write()
    except Exception as fault:
        if not isinstance(fault, refusals) and as_domain_error(fault) is None:
            raise
        done = _find(find_done)
        if done is None:
            raise
        return done


def _find[T](find_done: Callable[[], T | None]) -> T | None:
    try:
        return find_done()
    except Exception as fault:
        # DynamoDB still does not answer: the first fault says what to do.
        if as_domain_error(fault) is None:
            raise
        return None
