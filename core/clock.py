"""What time it is. The demo and the tests set the clock; nothing else does."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_set_to: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """Return the current moment, in UTC."""
    return _set_to.get() or datetime.now(UTC)


@contextmanager
def freeze(moment: datetime) -> Iterator[None]:
    """Let it be `moment` inside the block, for this thread of work only."""
    token = _set_to.set(moment)
    try:
        yield
    finally:
        _set_to.reset(token)
