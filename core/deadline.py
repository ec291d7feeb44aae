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
from dataclasses import dataclass


@dataclass
class _Deadline:
    """Moments of the monotonic clock. A thread that works for a request has the same object."""

    ends_at: float
    latest: float
    """To which `ends_at` can be moved: the deadline around this one."""
    paused_at: float | None = None

    def remaining(self) -> float:
        now = time.monotonic()
        left = self.ends_at - (now if self.paused_at is None else self.paused_at)
        return max(min(left, self.latest - now), 0.0)


_deadline: ContextVar[_Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Set a deadline for the block, in seconds from now; an earlier one around it stays."""
    outer = _deadline.get()
    latest = time.monotonic() + outer.remaining() if outer else math.inf
    token = _deadline.set(_Deadline(min(time.monotonic() + seconds, latest), latest))
    try:
        yield
    finally:
        _deadline.reset(token)


def extend(seconds: float) -> None:
    """Move the deadline of the block, if it has one, but not past the one around it.

    For work whose size nobody knows before: each part of it brings some time along.
    """
    if current := _deadline.get():
        current.ends_at = min(current.ends_at + seconds, current.latest)


@contextmanager
def paused() -> Iterator[None]:
    """Let the block not count: it works itself, and waits for nobody.

    Lambda's own time, the deadline around that of the request, goes on.
    """
    current = _deadline.get()
    if current is None or current.paused_at is not None:
        yield
        return
    current.paused_at = time.monotonic()
    try:
        yield
    finally:
        worked = time.monotonic() - current.paused_at
        current.paused_at = None
        extend(worked)


def remaining() -> float | None:
    """Return the seconds that are left, 0 at least; None without a deadline."""
    current = _deadline.get()
    return current.remaining() if current else None


def has_time_for(seconds: float) -> bool:
    """Whether a step that takes up to `seconds` can end in time; True without a deadline."""
    left = remaining()
    return left is None or left >= seconds
