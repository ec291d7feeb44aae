"""Every pair of writes to one application at the same moment, over HTTP on several processes.

Both people saw the same version. What is stored afterwards, and what each was told, must
be what the model says of one order or the other: no edit is lost, nothing is decided
unseen, nothing that was ended comes back, the history has no gap, and each standing
decision has one mail. The report says how often each of the two came first, or that both
orders end the same.
"""

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from markets.cities.models import City
from markets.outbox.models import Message
from tests import factories
from tests.account import SessionAccount
from tests.fire.conftest import RunSite
from tests.fire.races.cases import Pair, all_pairs, short_form
from tests.fire.races.orders import possible_orders
from tests.fire.races.people import Officers, application_in
from tests.fire.races.results import mails_sent, possible_mails, result_of
from tests.fire.races.writes import Race, Write
from tests.fire.report import choose, record
from tests.fire.stored import modelled

ROUNDS = int(os.environ.get("RACES_ROUNDS", choose(1, 300)))  # of each pair, with each jitter
JITTERS = choose((0.004,), (0.0, 0.004))  # seconds
PROCESSES = choose(2, 3)
LASTS = {"erase": 0.15, "finish_upload": 0.08, "transfer": 0.05}  # seconds from first to last write
REQUEST = 0.05  # seconds until a request writes something


@pytest.fixture(scope="module")
def city() -> City:
    """One city for all: the processes read the cities when they start, and then once a minute."""
    return factories.make_city()


@pytest.fixture(scope="module")
def officers(run_site: RunSite, city: City) -> Officers:
    return Officers(run_site(f"--workers={PROCESSES}"), city)


def waits_before(pair: Pair, random: Random, jitter: float) -> list[float]:
    """Return the seconds that each of two people waits, so that their writes meet.

    Without jitter none. With it, a short write also meets the later steps of a long one.
    """
    delay = random.uniform(-jitter, jitter)
    waits = [max(delay, 0), max(-delay, 0)]
    if jitter:
        for number, action in enumerate(pair.actions):
            waits[1 - number] += random.uniform(0, LASTS.get(action, 0))
            if action == "deliver":  # no request: it would always be first
                waits[number] += random.uniform(0, REQUEST)
    return waits


def race(
    pool: ThreadPoolExecutor, officers: Officers, pair: Pair, random: Random, jitter: float
) -> tuple[str, str, set[int]]:
    """Let two people write at once.

    Return which of the orders it came to, and the address of the merchant with how many
    mails may have been sent there.
    """
    officers.sign_in()
    merchant = factories.merchant()
    market = application_in(pair.status, merchant, officers.city)
    it = Race(market, merchant, officers, modelled(market), random)
    writes = [it.write(action, number) for number, action in enumerate(pair.actions)]
    attempts = [write.attempt for write in writes]
    orders = possible_orders(it.seen, attempts)
    replies = list(pool.map(Write.send_after, writes, waits_before(pair, random, jitter)))
    after = result_of(market, attempts)
    found = [name for name, order in orders.items() if order.explains(after, replies)]
    assert found, "\n".join(map(str, (replies, after, *orders.items())))
    return (
        found[0] if len(found) == 1 else "same",
        market.contact_email or "",
        possible_mails(after, attempts),
    )


@pytest.mark.parametrize("pair", choose(short_form(), all_pairs()), ids=str)
def test_concurrent_writes_have_one_order(
    officers: Officers, account: SessionAccount, pair: Pair
) -> None:
    if "deliver" in pair.actions:
        account.empty_tables(Message.Meta.table_name)  # or the first run would send old ones
    random = Random(str(pair))  # noqa: S311 - jitter
    outcomes: Counter[str] = Counter()
    mails: dict[str, set[int]] = {}
    started = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        for jitter in JITTERS:
            for _ in range(ROUNDS):
                outcome, address, possible = race(pool, officers, pair, random, jitter)
                outcomes[outcome] += 1
                mails[address] = possible
    sent = mails_sent() if "deliver" in pair.actions else Counter()
    assert {each: sent[each] for each in mails if sent[each] not in mails[each]} == {}
    counts = [f"{name} {times}" for name, times in sorted(outcomes.items())]
    record(
        "races",
        case=f"{pair.status}: {pair.actions[0]}",
        condition=pair.actions[1],
        outcome=", ".join(counts) if outcomes.keys() != {"same"} else "same",
        seconds=time.monotonic() - started,
    )
