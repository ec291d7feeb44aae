"""A circuit breaker: while a service does not answer, nobody waits for it.

After LIMIT calls in a row without an answer the circuit is open: calls are refused at
once. After a pause one call is let through as a probe. If it is answered, the circuit
is closed again for everybody; if not, the next probe follows after another pause.

Of the libraries, `circuitbreaker` lets everybody probe at the same time, `pybreaker`
holds a lock during each call, and `purgatory` brings a message bus along.
"""

import time
from collections.abc import Callable
from threading import Lock

LIMIT = 5  # calls in a row that ended by a time-out
PAUSE = 5.0  # seconds between two probes
PROBE_SECONDS = 7.0  # after which a probe of which nothing was heard is given up


class Breaker:
    """The circuit of one service, for all threads of the process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._unanswered = 0
        self._probe_at = 0.0

    def admit(self) -> bool:
        """Whether a call may be made now. While the circuit is open, only a probe may."""
        with self._lock:
            if self._unanswered < LIMIT:
                return True
            now = self._now()
            if now < self._probe_at:
                return False
            self._probe_at = now + PROBE_SECONDS
            return True

    def note_answer(self) -> None:
        """The service has answered, whatever it said: close the circuit."""
        with self._lock:
            self._unanswered = 0

    def note_silence(self) -> None:
        """The service has not answered a call."""
        with self._lock:
            self._unanswered += 1
            self._probe_at = self._now() + PAUSE


_breakers: dict[str, Breaker] = {}


def breaker_of(service: str) -> Breaker:
    """Return the process's one breaker of a service."""
    return _breakers.setdefault(service, Breaker())


def reset_breakers() -> None:
    """Close all circuits."""
    _breakers.clear()
