"""People who go on while processes are killed, and who know what they were told."""

import math
import time
from copy import deepcopy
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from threading import Event
from uuid import uuid4

from core import clock
from markets.cities.models import City
from markets.outbox.messages import messages_to
from markets.queries import load_market
from tests import factories
from tests.fire.forms import key_of
from tests.fire.model import ModelApplication
from tests.fire.pairs import MAX_SESSION, Pair
from tests.fire.report import choose
from tests.fire.server import Answer, Browser
from tests.fire.stored import is_same, stored

MAX_THINKING = choose(1.0, 0.3)  # seconds between two clicks
PATIENCE = 40.0  # seconds for which a form is sent again
DONE = 200, 302
TRY_AGAIN = 503
SIGN_IN = "/sign-in/", "/city-hall/sign-in/"
ENDED = "withdrawn", "rejected"
RARE = "withdraw", "reject"
NEVER = math.inf


@dataclass(frozen=True)
class Moment:
    """An application after a write; None before it was begun.

    `sent` is when the write was sent first, `answered` when its author was told that it
    is done (seconds of the monotonic clock).
    """

    state: ModelApplication | None
    sent: float
    answered: float


@dataclass
class Work:
    """An application, and all that was done to it, the oldest first."""

    first: ModelApplication
    moments: list[Moment] = field(default_factory=list)

    @property
    def last(self) -> ModelApplication | None:
        return self.moments[-1].state

    def survived(self) -> int:
        """Return the number of the last moment that is what is stored now; -1 if there is none."""
        found = stored(key_of(self.first))
        numbers = reversed(range(len(self.moments)))
        return next((n for n in numbers if agrees(self.moments[n].state, found)), -1)


def agrees(expected: ModelApplication | None, found: ModelApplication | None) -> bool:
    """Whether they are the same, whichever true mails the delivery has sent meanwhile."""
    if expected is None or found is None:
        return expected is found
    return is_same(whatever_is_sent(expected), whatever_is_sent(found))


def whatever_is_sent(application: ModelApplication) -> ModelApplication:
    """Return the application with only two states of mails: it is true, or cancelled."""
    mails = [
        replace(
            mail,
            state="cancelled"
            if mail.state == "cancelled" or not application.is_true(mail)
            else "waiting",
        )
        for mail in application.mails
    ]
    return replace(application, mails=mails)


@dataclass(frozen=True)
class Attempt:
    """A form, and what the application is once it is done."""

    action: str
    url: str
    fields: dict[str, str]
    after: ModelApplication
    sent: float


class Person(Pair):
    """A pair who send a form again until it is answered, and note what they were told."""

    def __init__(self, site: str, city: City, number: int) -> None:
        super().__init__(site, city, number)
        self.works: list[Work] = []
        self.wrong: list[str] = []
        self.acknowledged = self.resent = 0
        self.unanswered: Attempt | None = None
        self.sign_in()
        self.begin()

    def sign_in(self) -> None:
        super().sign_in()
        self.session_ends_at = time.monotonic() + MAX_SESSION
        self.signed_out = False

    def begin(self) -> None:
        sent = time.monotonic()
        super().begin()
        begun = Moment(deepcopy(self.application), sent, time.monotonic())
        self.works.append(Work(self.application, [Moment(None, -NEVER, -NEVER), begun]))

    def decide_some(self, number: int) -> None:
        """Let applications be approved that nobody works on any more; no page is needed for it."""
        for _ in range(number):
            sent, market_id, name = time.monotonic(), str(uuid4()), self.new_name()
            email = f"{market_id}@example.com"
            market = factories.approved(self.merchant, self.city, name=name, contact_email=email)
            application = ModelApplication(market.user_id, market.market_id, market.city, name)
            for action in ("submit", "approve"):
                application.apply(action, clock.now())
            moments = [Moment(None, -NEVER, -NEVER), Moment(application, sent, time.monotonic())]
            self.works.insert(0, Work(application, moments))

    def prepare(self) -> None:
        """Between two kills: renew what has come to its end."""
        if self.signed_out or time.monotonic() > self.session_ends_at:
            self.sign_in()
        last = self.works[-1].last
        if last is None or last.status in ENDED:
            self.begin()

    def work(self, stop: Event, give_up: Event) -> None:
        """Click until `stop`; send forms again until `give_up`."""
        while not (stop.is_set() or self.signed_out or self.unanswered):
            time.sleep(self.random.uniform(0, MAX_THINKING))
            if not (actions := self.actions()):
                return
            weights = [1 if each in RARE else 5 for each in actions]
            self.act(self.random.choices(actions, weights)[0], give_up)

    def actions(self) -> list[str]:
        """Return what makes another state of the application."""
        if self.application.status == "withdrawn":
            return []
        actions = self.application.possible_actions(clock.now())
        if self.application.assignee == self.officer.id:
            actions.remove("assign")
        if self.application.status != "draft":
            actions.append("withdraw")
        return actions

    def act(self, action: str, give_up: Event) -> None:
        name, after = self.new_name(), deepcopy(self.application)
        if action == "assign":
            after.assignee = self.officer.id
        else:
            after.apply(action, clock.now(), name=name if action == "revise" else None)
        attempt = Attempt(action, *self.form_of(action, name), after, time.monotonic())
        self.send(attempt, give_up)

    def send(self, attempt: Attempt, give_up: Event) -> None:
        """Send a form until it is answered; note what is true after the answer."""
        self.unanswered = attempt
        browser = self.browsers[self.actor_of(attempt.action).id]
        until = time.monotonic() + PATIENCE
        tries = 0
        while (answer := try_to_send(browser, attempt)) is None:
            if give_up.is_set():
                return
            if time.monotonic() > until:
                self.wrong.append(f"{attempt.action}: no answer for {PATIENCE:.0f} s")
                return
            tries += 1
            time.sleep(0.05)
        self.resent += tries > 0
        if answer.location.startswith(SIGN_IN):
            self.signed_out = True  # the write was refused; it stays unanswered
            return
        self.unanswered = None
        if answer.status in DONE:
            self.acknowledge(attempt)
        elif attempt.action == "undo" and self.is_being_sent():
            self.application.mails[-1].state = "sent"  # so that nobody tries again
        else:
            self.wrong.append(f"{attempt.action}: {answer.status}, tried {tries + 1} times")

    def acknowledge(self, attempt: Attempt) -> None:
        self.acknowledged += 1
        self.application = deepcopy(attempt.after)
        self.works[-1].moments.append(Moment(attempt.after, attempt.sent, time.monotonic()))

    def is_ahead(self) -> bool:
        """Whether a write is stored that its author does not know to be done."""
        known = self.application.version
        return int(load_market(key_of(self.application)).version or 0) > known

    def is_done_but_unanswered(self) -> bool:
        attempt = self.unanswered
        return attempt is not None and agrees(attempt.after, stored(key_of(attempt.after)))

    def is_being_sent(self) -> bool:
        """Whether the delivery has begun to send the last mail: its decision stays."""
        messages = messages_to(load_market(key_of(self.application)))
        return bool(messages and messages[0].attempts)


def try_to_send(browser: Browser, attempt: Attempt) -> Answer | None:
    """Send a form; None if there is no answer, or if it says to try again."""
    try:
        answer = browser.send(attempt.url, attempt.fields)
    except (OSError, HTTPException):
        return None
    return None if answer.status == TRY_AGAIN else answer
