"""How much time a request or an invocation has left.

A request has one budget for everything that it waits for (core.web.middleware). Lambda
ends a function without warning when its time is up. So every call of another service
is cut to what is left (core.calls), and long work asks before each step whether there
is time for it. Commands have no deadline, except on Lambda.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class _Deadline(NamedTuple):
    """Moments of the monotonic clock: when the time is up, and the latest it can be moved to."""

    ends_at: float
    latest: float


_deadline: ContextVar[_Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Set a deadline for the block, in seconds from now; an earlier one around it stays."""
    outer = _deadline.get()
    latest = outer.ends_at if outer else math.inf
    token = _deadline.set(_Deadline(min(time.monotonic() + seconds, latest), latest))
    try:
        yield
    finally:
        _deadline.reset(token)


def extend(seconds: float) -> None:
    """Move the deadline of the block, if it has one, but not past the one around it.

    For work whose size nobody knows before: each part of it brings some time along.
    """
    if now := _deadline.get():
        _deadline.set(now._replace(ends_at=min(now.ends_at + seconds, now.latest)))


def remaining() -> float | None:
    """Return the seconds that are left, 0 at least; None without a deadline."""
    now = _deadline.get()
    return max(now.ends_at - time.monotonic(), 0.0) if now else None


def has_time_for(seconds: float) -> bool:
    """Whether a step that takes up to `seconds` can end in time; True without a deadline."""
    left = remaining()
    return left is None or left >= seconds
