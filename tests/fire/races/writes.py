"""What each of two people sends in a race, ready to be sent."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from django.contrib.messages import ERROR, INFO
from django.contrib.messages.storage import default_storage
from django.test import RequestFactory

from core import clock
from core.actors import Actor
from markets.accounts.transfer import create_code
from markets.models import Market
from markets.outbox.delivery import deliver_due
from tests import factories
from tests.fire.attempts import Attempt
from tests.fire.forms import filled_in
from tests.fire.model import MERCHANT_ACTIONS, TIME_TO_UNDO, ModelApplication
from tests.fire.races import photos
from tests.fire.races.people import Officers
from tests.fire.server import Answer, Browser, Fields
from tests.uploads import arrived

EXPECTED = {200, 302, 403, 404, 409, 410, 412, 422}
"""Statuses of answers: done, or refused in a page that says why; 403 if the session has ended."""

SIGN_IN = "/sign-in/", "/city-hall/sign-in/"


@dataclass(frozen=True)
class Write:
    """An attempt, and what sends it and returns whether its author is told that it is done."""

    attempt: Attempt
    send: Callable[[], bool]

    def send_after(self, seconds: float) -> bool:
        time.sleep(seconds)
        return self.send()


@dataclass
class Race:
    """An application as both people see it, and what they need to write to it."""

    market: Market
    merchant: Actor
    officers: Officers
    seen: ModelApplication
    random: Random

    def __post_init__(self) -> None:
        self.tab = Browser(self.officers.site, self.merchant)  # the merchant's two tabs share it

    def upload(self) -> str:
        """Return the upload that both finish or discard, which is there from now on."""
        if not self.seen.uploads:
            sent = arrived(self.merchant, self.market, photos.picture(0))
            self.seen.uploads.append(sent)
        return self.seen.uploads[0]

    def write(self, action: str, number: int) -> Write:
        """Prepare a write of the first or the second person."""
        if action in {"finish_upload", "discard_upload"}:
            return self.of_upload(action)
        if action == "photos":
            return self.of_photos(number)
        if action == "erase":
            attempt = Attempt(action, self.merchant.id, self.seen)
            return form(attempt, self.tab, "/account/delete/", {"confirmation": "DELETE"})
        if action == "transfer":
            return self.of_transfer()
        if action == "deliver":
            return Write(Attempt(action, "", self.seen), deliver)
        return self.of_application(action, number)

    def of_application(self, action: str, number: int) -> Write:
        """A form of the application's own pages."""
        is_merchant = action in MERCHANT_ACTIONS
        actor, browser = (
            (self.merchant, self.tab) if is_merchant else self.officers.browsers[number]
        )
        text = ("First", "Second")[number]
        version = self.seen.version
        url, fields = filled_in(actor, self.seen, action, version=version, name=text)
        return form(Attempt(action, actor.id, self.seen, text=text), browser, url, fields)

    def of_photos(self, number: int) -> Write:
        prepare = photos.KINDS[self.random.choice(list(photos.KINDS))]
        fields, saved = prepare(self.merchant, self.market, number)
        attempt = Attempt("photos", self.merchant.id, self.seen, photos=saved)
        return form(attempt, self.tab, f"/markets/{self.market.market_id}/photos/", fields)

    def of_upload(self, action: str) -> Write:
        upload, market_id = self.upload(), self.market.market_id
        photo = photos.published(market_id, 0)
        attempt = Attempt(action, self.merchant.id, self.seen, upload=upload, photo=photo)
        step = action.removesuffix("_upload")
        return form(attempt, self.tab, f"/markets/{market_id}/photos/uploads/{upload}/{step}/", {})

    def of_transfer(self) -> Write:
        """Another account of the merchant redeems a code."""
        receiver = factories.merchant()
        fields = {"code": self.code(), "confirmed": "yes"}
        browser = Browser(self.officers.site, receiver)
        attempt = Attempt("transfer", receiver.id, self.seen)
        return form(attempt, browser, "/account/transfer/redeem/", fields)

    def code(self) -> str:
        """Return the one code that both redeem."""
        self._code = getattr(self, "_code", None) or create_code(self.merchant)
        return self._code


def form(attempt: Attempt, browser: Browser, url: str, fields: Fields) -> Write:
    def send() -> bool:
        answer = browser.send(url, fields)
        assert answer.status in EXPECTED, (attempt.action, answer.status, answer.text)
        return says_done(answer)

    return Write(attempt, send)


def says_done(answer: Answer) -> bool:
    """Whether the page that follows says that it is done."""
    if answer.status == 200:
        return 'id="offered"' in answer.text  # the photo of a finished upload
    if answer.status != 302 or answer.location.startswith(SIGN_IN):
        return False
    request = RequestFactory().get("/")
    request.COOKIES.update(answer.cookies)
    levels = {each.level for each in default_storage(request)}
    # Where there is nothing but an information, nothing was done just now.
    return ERROR not in levels and levels != {INFO}


def deliver() -> bool:
    """Deliver like a run of the command in eleven minutes."""
    with clock.freeze(clock.now() + 1.1 * TIME_TO_UNDO):
        list(deliver_due(factories.OPERATOR))
    return True
