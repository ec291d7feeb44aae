"""Every pair of writes to one application at the same moment, over HTTP on several processes.

Both people saw the same version. What is stored afterwards must be what the model says
of one order or the other: no edit is lost, nothing is decided unseen, nothing that was
ended comes back, the history has no gap, and each standing decision has one mail. The
report says how often each of the two came first, or that both orders end the same.
"""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from itertools import combinations_with_replacement
from random import Random

import pytest

from approvals.review.operations import request_changes
from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from tests import factories
from tests.fire.conftest import RunSite
from tests.fire.forms import CHANGE, filled_in, key_of
from tests.fire.model import MERCHANT_ACTIONS, ModelApplication
from tests.fire.report import choose, record
from tests.fire.server import Browser
from tests.fire.stored import is_same, modelled, stored

ROUNDS = choose(1, 300)  # of each pair, with each jitter
JITTERS = choose((0.004,), (0.0, 0.004))  # seconds
WRITES = {
    "draft": ("revise", "submit", "withdraw", "delete"),
    "submitted": ("revise", "withdraw", "approve", "reject", "request_changes", "assign"),
    "changes_requested": ("revise", "submit", "withdraw", "undo", "assign"),
    "approved": ("revise", "withdraw", "undo", "assign"),
    "rejected": ("withdraw", "undo", "assign"),
}
"""What can be written to an application in each status."""

EXPECTED = {200, 302, 404, 409, 412, 422}
"""Statuses of answers: done, or refused in a page that says why."""


@dataclass(frozen=True)
class Pair:
    status: str
    actions: tuple[str, str]

    def __str__(self) -> str:
        return f"{self.status}-{'-'.join(self.actions)}"


PAIRS = [
    Pair(status, pair)
    for status, writes in WRITES.items()
    for pair in combinations_with_replacement(writes, 2)
]


@dataclass(frozen=True)
class Write:
    """What one person does, in their browser; `name` is the new one, if it is a revision."""

    action: str
    actor: Actor
    browser: Browser
    name: str

    def send(self, application: ModelApplication, wait: float) -> int:
        """Send the form for the version that is in `application`; return the status."""
        form = filled_in(
            self.actor, application, self.action, version=application.version, name=self.name
        )
        time.sleep(wait)
        return self.browser.post(*form)


@pytest.fixture(scope="module")
def city() -> City:
    """One city for all: the processes read the cities when they start, and then once a minute."""
    return factories.make_city()


@pytest.fixture(scope="module")
def site(run_site: RunSite, city: City) -> str:
    return run_site("--workers=3")


@dataclass(frozen=True)
class Officers:
    """Two officers of a city, with their browsers."""

    city: City
    site: str
    browsers: tuple[tuple[Actor, Browser], ...]


@pytest.fixture
def officers(site: str, city: City) -> Officers:
    actors = [factories.officer(city.slug) for _ in range(2)]
    return Officers(city, site, tuple((actor, Browser(site, actor)) for actor in actors))


def with_changes_requested(actor: Actor, city: City) -> Market:
    market = factories.submitted(actor, city)
    return request_changes(
        factories.officer(city.slug),
        city.slug,
        market.key,
        expected_version=2,
        requests=[("marketName", CHANGE)],
    )


MAKE = {
    "draft": factories.draft,
    "submitted": factories.submitted,
    "changes_requested": with_changes_requested,
    "approved": factories.approved,
    "rejected": factories.rejected,
}


def in_order(application: ModelApplication, *writes: Write) -> ModelApplication:
    """Return the application after writes one after the other, all on the version seen now."""
    after, seen, now = deepcopy(application), application.version, clock.now()
    for write in writes:
        if after.refusal(write.action, seen, now) or after.is_repeat(write.action, seen):
            continue  # a second officer is refused, a merchant's second tab is told that it is done
        if write.action == "assign":
            after.assignee = write.actor.id
        else:
            after.apply(write.action, now, name=write.name if write.action == "revise" else None)
    return after


def race(pool: ThreadPoolExecutor, officers: Officers, pair: Pair, delay: float) -> str:
    """Let two people write at once; return which of the orders it came to."""
    merchant = factories.merchant()
    before = modelled(MAKE[pair.status](merchant, officers.city))
    tab = merchant, Browser(officers.site, merchant)
    writes = [
        Write(action, *(tab if action in MERCHANT_ACTIONS else officers.browsers[number]), name)
        for number, (action, name) in enumerate(zip(pair.actions, ("First", "Second"), strict=True))
    ]
    waits = max(delay, 0), max(-delay, 0)
    statuses = list(pool.map(lambda write, wait: write.send(before, wait), writes, waits))
    assert set(statuses) <= EXPECTED
    after = stored(key_of(before))
    first, second = writes
    orders = {
        "first": in_order(before, first, second),
        "second": in_order(before, second, first),
    }
    found = [name for name, order in orders.items() if is_same(order, after)]
    assert found, (statuses, after, orders)
    return found[0] if len(found) == 1 else "same"


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_concurrent_writes_have_one_order(officers: Officers, pair: Pair) -> None:
    random = Random(str(pair))  # noqa: S311 - jitter
    outcomes: Counter[str] = Counter()
    started = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        for jitter in JITTERS:
            for _ in range(ROUNDS):
                outcomes[race(pool, officers, pair, random.uniform(-jitter, jitter))] += 1
    record(
        "races",
        case=f"{pair.status}: {pair.actions[0]}",
        condition=pair.actions[1],
        outcome=f"{outcomes['first']}:{outcomes['second']}"
        if outcomes.keys() != {"same"}
        else "same",
        seconds=time.monotonic() - started,
    )
