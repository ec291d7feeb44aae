"""How long this process may still work on what it was called for.

A function is cut off in the middle of a sentence when its time is up. Long work
asks before each part of it, and leaves the rest to the next run.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Work against a deadline so many seconds from now."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


def has_time_for(seconds: float) -> bool:
    """Whether there is time for a part that may take so many seconds; always without a deadline."""
    ends = _ends.get()
    return ends is None or ends - time.monotonic() >= seconds
