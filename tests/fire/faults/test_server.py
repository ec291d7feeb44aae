"""The site as `make run` serves it, while AWS is slow or silent: more visitors than threads."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.conf import settings

from cloud.local.local import THREADS
from core.calls.breaker import PAUSE
from tests.fire.conftest import RunSite
from tests.fire.faults.people import People
from tests.fire.faults.proxy import Fault, Proxy, slow, stay_silent
from tests.fire.report import choose, record

VISITORS = THREADS * 2
LONGEST = 10.0  # seconds
AT_ONCE = 2.0  # seconds, on a machine that does other things as well

SILENT = Fault("silent", stay_silent, writes_only=False)


@pytest.fixture(scope="module")
def site(run_site: RunSite, proxy: Proxy) -> str:
    """The address of a gunicorn whose AWS is behind the proxy."""
    return run_site(
        "--worker-class=cloud.local.worker.Worker",
        f"--threads={THREADS}",
        AWS_ENDPOINT_URL=proxy.url,
        GARAGE_JWKS_URL=settings.GARAGE.jwks_url,
    )


def visit(url: str, people: People) -> tuple[int, float]:
    """Open a page as the officer; return its status and the seconds that it took."""
    cookies = {name: morsel.value for name, morsel in people.city_hall.cookies.items()}
    started = time.monotonic()
    answer = requests.get(url, cookies=cookies, timeout=60)
    return answer.status_code, time.monotonic() - started


@pytest.mark.parametrize("fault", choose([SILENT], [SILENT, slow(4.5)]), ids=lambda it: it.name)
def test_health_checks_do_not_queue_behind_slow_pages(
    site: str, proxy: Proxy, fault: Fault
) -> None:
    people = People()
    queue = f"{site}/city-hall/{people.city.slug}/?status=submitted"
    assert visit(queue, people)[0] == 200
    with ThreadPoolExecutor(VISITORS) as visitors, proxy.under(fault):
        visits = [visitors.submit(visit, queue, people) for _ in range(VISITORS)]
        time.sleep(0.5)  # until all threads of the site are taken
        checks = [visit(f"{site}/healthz", people) for _ in range(5)]
        ready_status, ready_seconds = visit(f"{site}/readyz", people)
        seen = [each.result() for each in visits]
    for case, results in (("healthz", checks), ("queue", seen)):
        for status, seconds in results:
            record("server", case=case, condition=fault.name, outcome=str(status), seconds=seconds)
    record(
        "server",
        case="readyz",
        condition=fault.name,
        outcome=str(ready_status),
        seconds=ready_seconds,
    )
    assert {status for status, _ in checks} == {200}
    assert max(seconds for _, seconds in checks) < AT_ONCE
    assert ready_status == 503
    assert ready_seconds < LONGEST
    assert max(seconds for _, seconds in seen) < LONGEST
    recovered = time.monotonic()
    while visit(queue, people)[0] != 200:
        assert time.monotonic() - recovered < PAUSE + AT_ONCE
        time.sleep(0.1)


def test_open_breaker_answers_at_once(site: str, proxy: Proxy) -> None:
    people = People()
    queue = f"{site}/city-hall/{people.city.slug}/?status=submitted"
    with ThreadPoolExecutor(THREADS) as visitors, proxy.under(SILENT):
        list(visitors.map(lambda _: visit(queue, people), range(THREADS)))
        later = [visit(queue, people) for _ in range(10)]
    assert {status for status, _ in later} == {503}
    # One of them at most is the probe.
    assert sorted(seconds for _, seconds in later)[-2] < AT_ONCE
