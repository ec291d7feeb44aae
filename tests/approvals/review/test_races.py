"""Decisions and edits at the same moment, half of the rounds with jitter.

Each application serves for some rounds; after them, its history must be intact.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from time import sleep

from core.actors import Actor
from core.errors import InvalidTransition, VersionConflict
from markets.cities.models import City
from markets.history.chain import first_break
from markets.history.queries import history_of
from markets.history.records import recorded
from markets.lifecycle import DECISIONS, Action
from markets.models import Market, Status
from markets.operations import revise_market
from markets.outbox.messages import messages_to
from markets.queries import get_market
from tests import factories
from tests.approvals.review.decisions import approve, reject, undo
from tests.fire.report import choose

ROUNDS = choose(50, 300)
ROUNDS_A_MARKET = 25
JITTER = 0.004  # seconds


def rounds(maria: Actor, city: City) -> Iterator[tuple[Market, int]]:
    """Yield a submitted application for each round; check its history in the end."""
    for first in range(0, ROUNDS, ROUNDS_A_MARKET):
        key = factories.submitted(maria, city).key
        for round_ in range(first, first + ROUNDS_A_MARKET):
            yield get_market(maria, key), round_
        market = get_market(maria, key)
        records = history_of(market)
        assert first_break(market, records, recorded(market)) is None
        assert [int(entry.version) for entry in records] == list(range(2, market.version + 1))
        # Each decision wrote one message; those refused wrote none.
        decisions = [entry for entry in records if Action(entry.action) in DECISIONS]
        assert len(messages_to(market)) == len(decisions)


def attempt(write: Callable[[], Market], delay: float) -> bool:
    """Return whether the write won. Only the two refusals expected of a race count as losing."""
    sleep(delay)
    try:
        write()
    except (VersionConflict, InvalidTransition):
        return False
    return True


def race(
    pool: ThreadPoolExecutor, random: Random, round_: int, *writes: Callable[[], Market]
) -> int:
    """Start the writes together, or one of them a little later; return which one won."""
    delays = [0.0, random.uniform(0, JITTER) if round_ % 2 else 0.0]
    random.shuffle(delays)
    tries = [pool.submit(attempt, *each) for each in zip(writes, delays, strict=True)]
    won = [each.result() for each in tries]
    assert sorted(won) == [False, True]
    return won.index(True)


def test_concurrent_edit_is_never_approved_unseen(maria: Actor, city: City) -> None:
    officer, random = factories.officer(city.slug), Random(7)  # noqa: S311 - jitter
    wins = [0, 0]
    with ThreadPoolExecutor(2) as pool:
        for market, round_ in rounds(maria, city):
            new = {"description": f"Goods of round {round_}"}
            won = race(
                pool,
                random,
                round_,
                partial(approve, officer, market, market.version),
                partial(
                    revise_market, maria, market.key, expected_version=market.version, details=new
                ),
            )
            saved = get_market(maria, market.key)
            assert saved.version == market.version + 1
            if won == 0:
                assert saved.approved
                assert saved.description == market.description
                # An edit submits it again, for the next round.
                revise_market(maria, market.key, expected_version=saved.version, details=new)
            else:
                assert (saved.status, saved.description) == (Status.SUBMITTED, new["description"])
            wins[won] += 1
    assert min(wins) > 0  # it was a race


def test_one_of_two_concurrent_decisions_wins(maria: Actor, city: City) -> None:
    officers = [factories.officer(city.slug) for _ in range(2)]
    random, wins = Random(8), [0, 0]  # noqa: S311 - jitter
    with ThreadPoolExecutor(2) as pool:
        for market, round_ in rounds(maria, city):
            won = race(
                pool,
                random,
                round_,
                partial(approve, officers[0], market, market.version),
                partial(reject, officers[1], market, market.version),
            )
            saved = get_market(maria, market.key)
            assert saved.status == (Status.APPROVED, Status.REJECTED)[won]
            assert saved.decided_by == officers[won].id
            assert (saved.reason_code is None) == (won == 0)
            undo(officers[won], saved, saved.version)
            wins[won] += 1
    assert min(wins) > 0
