"""An account that is deleted while something is written for it: nothing of it is left.

Each write is first held back just before DynamoDB gets it, until a whole erasure is done.
Then writes and erasures run at the same moment: twelve rounds of three writes here, 120 of
each write with `FIRE=full`.
"""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from random import Random
from time import sleep
from typing import NamedTuple
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSPreparedRequest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client, RequestFactory

from approvals.review.notes import add_note
from core.actors import Actor
from core.closed_accounts.operations import AccountClosed
from core.errors import DomainError
from core.unsaved import operations as unsaved
from markets.accounts.profiles import remember_details, save_profile
from markets.accounts.transfer import create_code, redeem_code
from markets.cities.models import City
from markets.models import Market
from markets.operations import apply_again, create_draft, revise_market, submit_market
from markets.photos import uploads
from markets.privacy.data_export import make_data_export
from markets.privacy.leftovers import prove_erasure
from markets.queries import page_of_markets
from tests import factories, images
from tests.clients import sign_in
from tests.faults import intercepted
from tests.fire.report import choose
from tests.markets.privacy.people import LEGAL, NAME, NOTE, OPERATOR, erase, photos_of
from tests.uploads import arrived

pytestmark = pytest.mark.usefixtures("_empty_tables")

ROUNDS = choose(4, 120)
JITTERS = (0, 0.004, 0.02)  # seconds


class Person(NamedTuple):
    """A merchant with a draft and an application."""

    actor: Actor
    city: City
    draft: Market
    submitted: Market
    upload: str
    """An upload for the one that the write is about; empty if it is about none."""


def person(city: City, write: str) -> Person:
    actor = factories.merchant()
    draft = factories.draft(actor, city, name=NAME, legal_name=LEGAL)
    submitted = factories.submitted(actor, city, name=NAME, legal_name=LEGAL)
    about = {"finish an upload": draft, "finish an upload of an application": submitted}.get(write)
    return Person(actor, city, draft, submitted, arrived(actor, about) if about else "")


def begin(it: Person) -> Market:
    market_id = str(uuid4())
    details = factories.details(market_id, legal_name=LEGAL)
    return create_draft(it.actor, market_id=market_id, city_slug=it.city.slug, details=details)


def begin_again(it: Person) -> Market:
    return apply_again(it.actor, it.submitted.key, market_id=str(uuid4()), city_slug=it.city.slug)


def revise(market: Market, it: Person) -> Market:
    version = int(market.version or 0)
    details = {"legal_name": f"{LEGAL} & Co"}
    return revise_market(it.actor, market.key, expected_version=version, details=details)


def begin_upload(it: Person) -> object:
    return uploads.begin_upload(
        it.actor, it.draft.key, name="Ionescu.jpg", content_type="image/jpeg", size=9
    )


def add_form_file(it: Person) -> object:
    file = SimpleUploadedFile("Ionescu.jpg", images.jpeg(), "image/jpeg")
    return uploads.add_form_file(it.actor, it.submitted, file)


def save_form(it: Person) -> None:
    request = RequestFactory().post("/account/")
    request.POST = QueryDict("legal_name=Ionescu")
    unsaved.save(it.actor.id, request)


def give(it: Person) -> object:
    """Redeem the person's code in another account."""
    return redeem_code(factories.merchant(), code=create_code(it.actor))


def get_from_another(it: Person) -> object:
    other = factories.merchant()
    factories.draft(other, it.city, legal_name=LEGAL)
    return redeem_code(it.actor, code=create_code(other))


def note(it: Person) -> object:
    officer, note_id = factories.officer(it.city.slug), str(uuid4())
    return add_note(officer, it.city.slug, it.submitted.key, note_id=note_id, text=NOTE)


WRITES: dict[str, Callable[[Person], object]] = {
    "begin a draft": begin,
    "begin a draft again": begin_again,
    "revise a draft": lambda it: revise(it.draft, it),
    "revise an application": lambda it: revise(it.submitted, it),
    "submit a draft": lambda it: submit_market(it.actor, it.draft.key, expected_version=1),
    "save the profile": lambda it: save_profile(
        it.actor, expected_version=0, details={"legal_name": LEGAL}
    ),
    "remember the profile": lambda it: remember_details(it.actor, it.submitted),
    "begin an upload": begin_upload,
    "finish an upload": lambda it: uploads.finish_upload(it.actor, it.draft.key, it.upload),
    "finish an upload of an application": lambda it: uploads.finish_upload(
        it.actor, it.submitted.key, it.upload
    ),
    "a photo in a form": add_form_file,
    "a form without a session": save_form,
    "a session": lambda it: sign_in(Client(), sub=it.actor.id, email="ionescu@example.com"),
    "a data export": lambda it: make_data_export(it.actor, signed_in_as={}),
    "a transfer code": lambda it: create_code(it.actor),
    "a transfer to another account": give,
    "a transfer from another account": get_from_another,
    "a note": note,
}

LAST_CALL = {
    "a photo in a form": "GetItem",
    "a data export": "GetItem",
}
"""The call of the write that may come too late, if it is no transaction: then it is a
read of the table of closed accounts, after the bucket has the file."""
SHORT_FORM = ("begin a draft", "finish an upload", "a session")
SKIPPED = {"a transfer to another account": 1, "a transfer from another account": 2}
"""The transactions that come before it."""


@contextmanager
def held_back(
    operation: str, action: Callable[[], object], *, skipped: int = 0
) -> Generator[list[bool]]:
    """Run `action` before DynamoDB gets the first call of an operation that may be too late."""
    done: list[bool] = []
    left = iter(range(skipped))

    def before_send(request: AWSPreparedRequest) -> None:
        late = operation != "GetItem" or b"closed-accounts" in (request.body or b"")
        if late and not done and next(left, None) is None:
            done.append(True)
            action()

    with intercepted(operation, before_send):
        yield done


def left_of(it: Person) -> dict[str, int]:
    """Return what is left of a person, photos of the deleted draft included."""
    proof = prove_erasure(OPERATOR, it.actor.id)
    assert proof.closed_at
    assert proof.erased_at
    found = proof.found | {"photos of the draft": len(photos_of(it.draft))}
    return {name: count for name, count in found.items() if count}


@pytest.mark.parametrize("name", WRITES)
def test_write_after_erasure_is_refused(city: City, name: str) -> None:
    it, operation = person(city, name), LAST_CALL.get(name, "TransactWriteItems")
    erasing = partial(erase, OPERATOR, it.actor.id)
    with held_back(operation, erasing, skipped=SKIPPED.get(name, 0)) as done:
        if name == "a form without a session":
            WRITES[name](it)  # its page carries the form itself
        else:
            with pytest.raises(DomainError):
                WRITES[name](it)
    assert done
    assert left_of(it) == {}


def attempt(write: Callable[[Person], object], it: Person, delay: float) -> None:
    sleep(delay)
    with suppress(DomainError):
        write(it)


@pytest.mark.parametrize("name", choose(SHORT_FORM, tuple(WRITES)))
def test_concurrent_write_does_not_survive_erasure(city: City, name: str) -> None:
    random = Random(10)  # noqa: S311 - jitter
    survived: list[dict[str, int]] = []
    with ThreadPoolExecutor(1) as pool:
        for number in range(ROUNDS):
            it, jitter = person(city, name), JITTERS[number % len(JITTERS)]
            writing = pool.submit(attempt, WRITES[name], it, random.uniform(0, jitter))
            sleep(random.uniform(0, jitter))
            erase(OPERATOR, it.actor.id)
            writing.result()
            survived += [left] if (left := left_of(it)) else []
    assert survived == []


def test_closed_account_cannot_transfer(city: City) -> None:
    giving, getting = factories.merchant(), factories.merchant()
    factories.draft(giving, city)
    code = create_code(giving)
    erase(getting)
    with pytest.raises(AccountClosed):
        redeem_code(getting, code=code)
    erase(giving)
    with pytest.raises(AccountClosed):
        redeem_code(factories.merchant(), code=code)
    assert page_of_markets(getting).items == ()
