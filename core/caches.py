"""Results of functions that a process caches for a while."""

from collections.abc import Callable
from functools import update_wrapper
from threading import Condition
from typing import Any

from cachetools import TTLCache, cached
from cachetools.keys import hashkey

from core import deadline
from core.errors import Unavailable

CACHE_SECONDS = 60.0  # cities, counts and colleagues on pages may be as old as this
SIZE = 256  # entries; far more than there are cities


class _BoundedCondition(Condition):
    """A condition for which nobody waits longer than their own request has time."""

    def wait(self, timeout: float | None = None) -> bool:
        left = deadline.remaining()
        if left is None:
            return super().wait(timeout)
        if not super().wait(left if timeout is None else min(left, timeout)):
            raise Unavailable("This takes too long at the moment. Please try again.")
        return True


class Cached[**P, R]:
    """A function whose results a process caches for a while, by its arguments.

    While one thread computes a missing result, others that want it wait for it.
    """

    def __init__(self, function: Callable[P, R], seconds: float) -> None:
        self._cache: TTLCache[Any, R] = TTLCache(SIZE, seconds)
        self._condition = _BoundedCondition()
        self._call = cached(self._cache, key=hashkey, condition=self._condition)(function)
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._call(*args, **kwargs)

    def forget(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Drop the result for these arguments, so that the next call asks again."""
        key: Callable[..., Any] = hashkey
        with self._condition:
            self._cache.pop(key(*args, **kwargs), None)


def cached_for[**P, R](
    seconds: float = CACHE_SECONDS,
) -> Callable[[Callable[P, R]], Cached[P, R]]:
    """Cache a function's results for so many seconds."""
    return lambda function: Cached(function, seconds)
