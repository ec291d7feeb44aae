"""The journey of some pairs of people, while the processes that serve them are killed."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from random import Random
from threading import Event

from approvals.queue.filters import QueueFilter
from approvals.queue.queries import page_of_queue
from core import clock
from markets.cities.models import City
from tests import factories
from tests.fire.forms import key_of
from tests.fire.kills.mails import waiting
from tests.fire.kills.people import NEVER, Moment, Person, Work
from tests.fire.kills.services import RECOVERY_SECONDS, Services
from tests.fire.report import FULL, choose

LONGEST_LOSS = 5.0
"""Seconds: a change is saved after two, and saving takes a while on a busy machine."""

PILE = choose(3, 6)  # decisions while there is no delivery
LONGEST_SENDING = 0.15  # seconds, for these

AIMED = 0.6  # of the kills: at the moments when most can go wrong
LONGEST_WAIT = 3.0  # seconds, for such a moment

RECENT = 3  # applications of a pair that may have changed since the last kill
MOST = 900  # applications in the city


@dataclass(frozen=True)
class Kill:
    """What one kill did; `oldest_lost` and `recovery` are in seconds.

    `lost` are writes that were acknowledged and are not stored, `unanswered` the opposite.
    """

    victim: str
    recovery: float
    lost: int = 0
    oldest_lost: float = 0
    unanswered: int = 0
    acknowledged: int = 0


class Journey:
    """People at work, and the kills so far."""

    def __init__(self, services: Services, city: City, *, people: int, seed: int) -> None:
        self.services, self.city = services, city
        self.random = Random(seed)  # noqa: S311 - not a secret
        self.people = [Person(services.url, city, seed + number) for number in range(people)]
        self.officer = factories.officer(city.slug)
        self.kills: list[Kill] = []

    def kill(self, victim: str, after: tuple[float, float]) -> None:
        """Let people work, kill the victim at a random moment, and see that all goes on."""
        for each in self.people:
            each.prepare()
        seconds = self.random.uniform(*after)
        kills = {
            "worker": self.kill_site,
            "site": self.kill_site,
            "delivery": self.kill_delivery,
            "aws": self.kill_aws,
        }
        before = self.acknowledged()
        kill = kills[victim](victim, seconds)
        self.kills.append(replace(kill, acknowledged=self.acknowledged() - before))
        assert [wrong for each in self.people for wrong in each.wrong] == []
        if FULL:
            self.check_all(RECENT)

    def acknowledged(self) -> int:
        """Return how many writes people were told to be done."""
        return sum(each.acknowledged for each in self.people)

    @contextmanager
    def people_at_work(self, stop: Event, give_up: Event) -> Iterator[None]:
        """Let all people work until the block ends or `stop` is set."""
        with ThreadPoolExecutor(len(self.people)) as pool:
            done = [pool.submit(each.work, stop, give_up) for each in self.people]
            try:
                yield
            finally:
                stop.set()
            for each in done:
                each.result()

    def kill_site(self, victim: str, seconds: float) -> Kill:
        """Kill gunicorn, or its worker alone. No answer may be untrue, and nothing be lost.

        Mostly it happens between a write and its answer.
        """
        with self.people_at_work(Event(), Event()):
            time.sleep(seconds)
            if self.random.random() < AIMED:
                self.wait_for_write(self.random.choice(self.people))
            killed = time.monotonic()
            if victim == "worker":
                self.services.kill_worker()
            else:
                self.services.kill_site()
            unanswered = sum(each.is_done_but_unanswered() for each in self.people)
            if victim == "site":
                self.services.site.start()
            self.services.wait_until_ready()
            recovery = time.monotonic() - killed
        return Kill(victim, recovery, unanswered=unanswered)

    def wait_for_write(self, person: Person) -> None:
        """Wait until a write is stored whose author has no answer yet, or for some seconds."""
        until = time.monotonic() + LONGEST_WAIT
        while not person.is_ahead() and time.monotonic() < until:
            time.sleep(0.002)

    def kill_delivery(self, victim: str, seconds: float) -> Kill:
        """Kill the delivery at any moment, if it runs, and the next one while it sends."""
        with self.people_at_work(Event(), Event()):
            time.sleep(seconds)
            killed = time.monotonic()
            if runs := self.services.delivery.starts > 0:
                self.services.delivery.kill()
            self.random.choice(self.people).decide_some(PILE)
            self.services.delivery.start()
            self.services.wait_for_delivery(RECOVERY_SECONDS)
            if runs:
                self.kills.append(Kill(victim, time.monotonic() - killed))
            time.sleep(self.random.uniform(0, LONGEST_SENDING))
            killed = time.monotonic()
            self.services.delivery.kill()
            self.services.delivery.start()
            self.wait_until_delivered()
            recovery = time.monotonic() - killed
        return Kill("sending", recovery)

    def wait_until_delivered(self) -> None:
        """Wait until everything is sent that is decided now, but what is claimed already."""
        now, until = clock.now(), time.monotonic() + RECOVERY_SECONDS
        while any(each.attempts == 0 and each.at < now for each in waiting()):
            assert time.monotonic() < until, "Nothing is delivered."
            time.sleep(0.1)

    def kill_aws(self, victim: str, seconds: float) -> Kill:
        """Kill the embedded AWS, at any moment or while it saves."""
        stop, give_up = Event(), Event()
        with self.people_at_work(stop, give_up):
            time.sleep(seconds)
            if self.random.random() < AIMED:
                self.services.wait_for_save(LONGEST_WAIT)
                time.sleep(self.random.uniform(0, 0.03))
            killed = time.monotonic()
            self.services.aws.kill()
            stop.set()
            time.sleep(self.random.uniform(0, 0.5))  # they meet a site without AWS
            give_up.set()
        self.services.aws.start()
        self.services.wait_until_ready()
        recovery = time.monotonic() - killed
        self.services.delivery.process.check()
        self.services.site.process.check()
        lost = self.go_back()
        oldest = max((killed - each.answered for each in lost), default=0)
        assert oldest < LONGEST_LOSS
        return Kill(victim, recovery, len(lost), oldest)

    def go_back(self) -> list[Moment]:
        """Let people go on from what has survived; return the acknowledged writes that are lost.

        What has survived is all that was saved at one moment: no write is there that was
        sent after another one was acknowledged that is not.
        """
        lost: list[Moment] = []
        survivors: list[Moment] = []
        for person in self.people:
            for work in person.works[-RECENT:]:
                attempt = person.unanswered if work is person.works[-1] else None
                if attempt:
                    work.moments.append(Moment(attempt.after, attempt.sent, NEVER))
                survived = self.survived(work)
                lost_here = [each for each in work.moments[survived + 1 :] if each.answered < NEVER]
                survivors.append(work.moments[survived])
                del work.moments[survived + 1 :]
                if attempt and lost_here:
                    person.unanswered = None  # its author sees an older version, and goes on there
                lost += lost_here
            if person.works[-1].last:
                person.application = deepcopy(person.works[-1].last)
            if person.unanswered and not person.signed_out:
                person.send(person.unanswered, Event())
        saved_by = min((each.answered for each in lost), default=NEVER)
        later = [each for each in survivors if each.sent >= saved_by]
        assert not later, ("more has survived than was saved at one moment", later, lost)
        return lost

    def survived(self, work: Work) -> int:
        survived = work.survived()
        assert survived >= 0, ("no state that there ever was", key_of(work.first), work.moments)
        return survived

    def check_all(self, recent: int = 0) -> None:
        """Compare the last applications of each pair, or all, with what is stored.

        History, outbox, references and the index of the queue agree with them.
        """
        works = [work for person in self.people for work in person.works[-recent:]]
        for work in works:
            assert self.survived(work) == len(work.moments) - 1, work
        works = [work for person in self.people for work in person.works if work.last]
        keys = self.services.references().values()
        assert sorted(keys) == sorted(key_of(work.first) for work in works)
        queue = page_of_queue(self.officer, self.city.slug, QueueFilter(status=None), size=MOST)
        rows = {each.market_id: (each.status, each.name) for each in queue.items}
        assert rows == {
            work.first.market_id: (work.last.status, work.last.name)
            for work in works
            if work.last and work.last.status != "draft"
        }
