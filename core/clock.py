"""The current time. Only sample data and tests change it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen_at: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """Return the current moment, in UTC."""
    return _frozen_at.get() or datetime.now(UTC)


@contextmanager
def freeze(moment: datetime) -> Iterator[None]:
    """Make `now()` return `moment` inside the block, in this context only."""
    token = _frozen_at.set(moment)
    try:
        yield
    finally:
        _frozen_at.reset(token)
