"""How much time this invocation has left.

Lambda ends a function without warning when its time is up. Long work asks
before each step whether there is time for it, and leaves the rest to the next run.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends_at: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Set a deadline for the block, in seconds from now."""
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


def has_time_for(seconds: float) -> bool:
    """Whether a step that takes up to `seconds` can end in time; True without a deadline."""
    ends_at = _ends_at.get()
    return ends_at is None or ends_at - time.monotonic() >= seconds
