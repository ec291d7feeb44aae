"""The time of a request or an invocation, and what is cut to it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from core import deadline
from core.caches import cached_for
from core.errors import Unavailable
from markets.images.processing import one_at_a_time


def test_no_deadline_means_unlimited_time() -> None:
    assert deadline.remaining() is None
    assert deadline.has_time_for(10**9)
    deadline.extend(5)
    assert deadline.remaining() is None


def test_inner_deadline_is_never_later_than_outer() -> None:
    with deadline.within(10), deadline.within(60):
        assert not deadline.has_time_for(10.1)
        assert deadline.has_time_for(9)
    with deadline.within(60), deadline.within(10):
        assert not deadline.has_time_for(11)
    assert deadline.remaining() is None


def test_extension_is_limited_by_outer_deadline() -> None:
    with deadline.within(10), deadline.within(3):
        deadline.extend(4)
        assert deadline.has_time_for(6.5)
        assert not deadline.has_time_for(7.1)
        deadline.extend(100)
        assert not deadline.has_time_for(10.1)
    with deadline.within(10), deadline.within(3):
        assert not deadline.has_time_for(3.1)


def test_time_left_is_never_negative() -> None:
    with deadline.within(-5):
        assert deadline.remaining() == 0
        assert not deadline.has_time_for(0.001)


def test_wait_for_cached_result_ends_at_own_deadline() -> None:
    begun, go_on = threading.Event(), threading.Event()

    @cached_for()
    def slow() -> str:
        begun.set()
        assert go_on.wait(20)
        return "made"

    with ThreadPoolExecutor(1) as other:
        made = other.submit(slow)
        assert begun.wait(20)
        started = time.monotonic()
        with deadline.within(0.1), pytest.raises(Unavailable):
            slow()
        assert time.monotonic() - started < 5
        go_on.set()
        assert made.result(20) == "made"
    with deadline.within(0.1):
        assert slow() == "made"


def test_wait_for_photo_slot_ends_at_own_deadline() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        assert go_on.wait(20)
        return "made"

    with ThreadPoolExecutor(1) as other:
        made = other.submit(one_at_a_time, work)
        assert begun.wait(20)
        with deadline.within(0.1), pytest.raises(Unavailable):
            one_at_a_time(lambda: "never begun")
        go_on.set()
        assert made.result(20) == "made"


def test_photo_thread_has_deadline_of_request() -> None:
    with deadline.within(5):
        left = one_at_a_time(deadline.remaining)
    assert left is not None
    assert 0 < left <= 5
    assert copy_context().run(one_at_a_time, deadline.remaining) is None


def test_photo_processing_counts_for_invocation_only() -> None:
    with deadline.within(60), deadline.within(0.2):
        with deadline.paused():
            time.sleep(0.3)
            assert deadline.has_time_for(0.1)
        assert deadline.has_time_for(0.1)
        assert not deadline.has_time_for(0.21)
    with deadline.within(0.1), deadline.within(0.1), deadline.paused():
        time.sleep(0.15)
        assert deadline.remaining() == 0
    with deadline.paused():
        assert deadline.remaining() is None


def test_photo_processing_may_outlast_request_budget() -> None:
    def work() -> str:
        with deadline.paused():
            time.sleep(0.4)
        return "made"

    with deadline.within(0.2):
        assert one_at_a_time(work) == "made"
        assert deadline.has_time_for(0.05)
