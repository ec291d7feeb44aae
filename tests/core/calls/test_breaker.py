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


def test_it_opens_after_some_calls_in_a_row(breaker: Breaker) -> None:
    silence(breaker, LIMIT - 1)
    assert breaker.admit()
    silence(breaker, 1)
    assert not breaker.admit()


def test_an_answer_in_between_begins_anew(breaker: Breaker) -> None:
    for _ in range(3):
        silence(breaker, LIMIT - 1)
        breaker.note_answer()
    assert breaker.admit()


def test_one_probe_goes_through_after_a_pause(breaker: Breaker, clock: Clock) -> None:
    silence(breaker)
    clock.now += PAUSE - 0.1
    assert not breaker.admit()
    clock.now += 0.1
    with ThreadPoolExecutor(8) as threads:
        admitted = list(threads.map(lambda _: breaker.admit(), range(200)))
    assert admitted.count(True) == 1


def test_an_answered_probe_closes_it_for_everybody(breaker: Breaker, clock: Clock) -> None:
    silence(breaker)
    clock.now += PAUSE
    assert breaker.admit()
    assert not breaker.admit()
    breaker.note_answer()
    assert all(breaker.admit() for _ in range(10))


def test_after_a_silent_probe_the_next_one_waits_again(breaker: Breaker, clock: Clock) -> None:
    silence(breaker)
    clock.now += PAUSE
    assert breaker.admit()
    breaker.note_silence()
    clock.now += PAUSE - 0.1
    assert not breaker.admit()
    clock.now += 0.1
    assert breaker.admit()


def test_a_probe_that_is_lost_does_not_keep_it_open_for_ever(
    breaker: Breaker, clock: Clock
) -> None:
    silence(breaker)
    clock.now += PAUSE
    assert breaker.admit()
    clock.now += PROBE_SECONDS
    assert breaker.admit()
