"""The circuit breaker, at a clock that the tests turn."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.calls.breaker import LIMIT, PAUSE, PROBE_SECONDS, Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def silence(breaker: Breaker, times: int = LIMIT) -> None:
    for _ in range(times):
        breaker.note_silence()


def test_breaker_opens_after_consecutive_timeouts(breaker: Breaker) -> None:
    silence(breaker, LIMIT - 1)
    assert breaker.admit()
    silence(breaker, 1)
    assert not breaker.admit()


def test_answer_resets_count_of_timeouts(breaker: Breaker) -> None:
    for _ in range(3):
        silence(breaker, LIMIT - 1)
        breaker.note_answer()
    assert breaker.admit()


def test_one_probe_is_sent_after_pause(breaker: Breaker, clock: Clock) -> None:
    silence(breaker)
    clock.now += PAUSE - 0.1
    assert not breaker.admit()
    clock.now += 0.1
    with ThreadPoolExecutor(8) as threads:
        admitted = list(threads.map(lambda _: breaker.admit(), range(200)))
    assert admitted.count(True) == 1


def test_answered_probe_closes_breaker(breaker: Breaker, clock: Clock) -> None:
    silence(breaker)
    clock.now += PAUSE
    assert breaker.admit()
    assert not breaker.admit()
    breaker.note_answer()
    assert all(breaker.admit() for _ in range(10))


def test_unanswered_probe_restarts_pause(breaker: Breaker, clock: Clock) -> None:
    silence(breaker)
    clock.now += PAUSE
    assert breaker.admit()
    breaker.note_silence()
    clock.now += PAUSE - 0.1
    assert not breaker.admit()
    clock.now += 0.1
    assert breaker.admit()


def test_lost_probe_is_replaced(breaker: Breaker, clock: Clock) -> None:
    silence(breaker)
    clock.now += PAUSE
    assert breaker.admit()
    clock.now += PROBE_SECONDS
    assert breaker.admit()
