"""Calls of other services: cut to the time that is left, and not made while nobody answers."""

from core.calls.attempts import (
    CONNECT_TIMEOUT,
    READ_TIMEOUT,
    NotCalled,
    http_call,
    http_timeout,
    watch,
)
from core.calls.breaker import Breaker, breaker_of, reset_breakers

__all__ = [
    "CONNECT_TIMEOUT",
    "READ_TIMEOUT",
    "Breaker",
    "NotCalled",
    "breaker_of",
    "http_call",
    "http_timeout",
    "reset_breakers",
    "watch",
]
