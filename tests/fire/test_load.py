"""Many people at once through gunicorn: each answer is what the model of their own work says.

Each pair of a merchant and an officer works on an application of its own. Between two
clicks people read the page, and the queue, which belongs to all.
"""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import escape
from http.client import HTTPException
from statistics import quantiles

import pytest

from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.models import Status
from tests import factories
from tests.fire.conftest import RunSite
from tests.fire.pairs import MAX_SESSION, Pair
from tests.fire.report import choose, record

PAIRS = choose(6, 100)  # a merchant and an officer each
SECONDS = choose(6, 300)
MAX_THINKING = choose(0.2, 8.0)  # seconds between two clicks
THREADS = 8
EXPECTED = 200, 302


@pytest.fixture(scope="module")
def city() -> City:
    return factories.make_city()


@pytest.fixture(scope="module")
def site(run_site: RunSite, city: City) -> str:
    return run_site(
        "--worker-class=cloud.local.worker.Worker", f"--threads={THREADS}", "--workers=2"
    )


@dataclass
class Log:
    """What the people of a pair saw; times in seconds."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def time(self, kind: str, started: float) -> None:
        self.seconds.setdefault(kind, []).append(time.monotonic() - started)


class PairAtWork(Pair):
    """They work until their time is up."""

    def __init__(self, site: str, city: City, number: int) -> None:
        super().__init__(site, city, number)
        self.log = Log()
        self.sign_in()
        self.begin()

    def sign_in(self) -> None:
        super().sign_in()
        self.session_ends_at = time.monotonic() + MAX_SESSION

    def work(self, until: float) -> Log:
        while time.monotonic() < until:
            time.sleep(self.random.uniform(0, MAX_THINKING))
            if time.monotonic() > self.session_ends_at:
                self.sign_in()
                self.begin()
            try:
                self.click()
            except (OSError, HTTPException) as fault:
                self.log.wrong.append(f"no answer: {fault!r}")
        return self.log

    def click(self) -> None:
        """Do something that is possible, or read; the answer must be as the model says."""
        possible = self.application.possible_actions(clock.now())
        kind = self.random.choice([*possible, "read", "queue"])
        if kind == "read":
            self.read()
        elif kind == "queue":
            self.open(self.officer, f"/city-hall/{self.city.slug}/", kind, expected=self.city.name)
        else:
            self.act(kind)

    def act(self, action: str) -> None:
        name, actor = self.new_name(), self.actor_of(action)
        url, fields = self.form_of(action, name)
        started = time.monotonic()
        status = self.browsers[actor.id].post(url, fields)
        self.log.time(action, started)
        if status not in EXPECTED:
            self.log.wrong.append(f"{action}: {status}")
        if action == "assign":
            self.application.assignee = actor.id
        else:
            self.application.apply(action, clock.now(), name=name if action == "revise" else None)
        self.read()

    def read(self) -> None:
        """Open the application as its merchant: name and status are those of the last write."""
        path = f"/markets/{self.application.market_id}/"
        self.open(self.merchant, path, "read", expected=self.application.name)
        if self.application.status != "draft":
            label = Status(self.application.status).label
            self.open(self.merchant, path, "read", expected=label)

    def open(self, actor: Actor, path: str, kind: str, *, expected: str) -> None:
        started = time.monotonic()
        status, text = self.browsers[actor.id].get(path)
        self.log.time(kind, started)
        if status != 200 or escape(expected) not in text:
            self.log.wrong.append(f"{kind}: {status}, without {expected!r}")


def test_answers_under_load_match_model(site: str, city: City) -> None:
    pairs = [PairAtWork(site, city, number) for number in range(PAIRS)]
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(PAIRS) as pool:
        logs = list(pool.map(lambda pair: pair.work(until), pairs))
    seconds: dict[str, list[float]] = {}
    for log in logs:
        for kind, times in log.seconds.items():
            seconds.setdefault(kind, []).extend(times)
    for kind, times in sorted(seconds.items()):
        percentiles = quantiles(times, n=100) if len(times) > 1 else times * 99
        for name, value in (("p50", percentiles[49]), ("p99", percentiles[98])):
            record(
                "load",
                case=f"{kind} ({len(times)})",
                condition=name,
                outcome=f"{value * 1000:.0f} ms",
                seconds=max(times),
            )
    wrong = Counter(each for log in logs for each in log.wrong)
    record("load", case="wrong answers", condition="", outcome=str(wrong.total()), seconds=0)
    assert not wrong
    assert sum(map(len, seconds.values())) > PAIRS * 4
