"""Every write whose answer is lost: it happens once, and whoever sends it again is told so."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSPreparedRequest
from django.test import Client

from approvals.queue.assignments import assign_market
from approvals.reply_templates.models import Occasion, ReplyTemplate
from approvals.reply_templates.operations import (
    add_reply_template,
    delete_reply_template,
    revise_reply_template,
)
from approvals.review import operations as review
from approvals.review.notes import add_note
from core.actors import Actor
from core.errors import AlreadyExists, NotFound, VersionConflict
from markets import operations
from markets.accounts.profiles import save_profile
from markets.accounts.transfer import create_code, redeem_code
from markets.cities.models import City
from markets.cities.operations import save_city
from markets.history.queries import history_of
from markets.lifecycle import Action
from markets.models import Language, Market, ReasonCode
from markets.outbox.messages import messages_to
from markets.photos import uploads
from markets.queries import load_market
from markets.repeats import find_done
from tests import factories
from tests.account import SessionAccount
from tests.approvals.pages import review_path
from tests.clients import sign_in
from tests.faults import faulty, intercepted, lost
from tests.markets.applications.pages import hidden
from tests.uploads import arrived

TRANSACTION = "TransactWriteItems"


class Case(NamedTuple):
    """A city, a merchant and an officer of it, and another merchant."""

    city: City
    merchant: Actor
    officer: Actor
    other: Actor

    @property
    def review(self) -> tuple[Actor, str]:
        return self.officer, self.city.slug


Write = Callable[[], object]


def create(it: Case) -> Write:
    market_id = str(uuid4())
    details = factories.details(market_id)
    return partial(
        operations.create_draft,
        it.merchant,
        market_id=market_id,
        city_slug=it.city.slug,
        details=details,
    )


def revise(market: Market, it: Case) -> Write:
    photo = factories.photo(market.market_id, widths=[1200])
    return partial(
        operations.revise_market,
        it.merchant,
        market.key,
        expected_version=int(market.version or 0),
        details={"phone": "0268 413 000", "photos": (*market.photos, photo)},
    )


def of_market(
    make: Callable[..., Market], write: Callable[..., object], **values: Any
) -> Callable[[Case], Write]:
    """Return a merchant's write about a market that is made before."""

    def prepare(it: Case) -> Write:
        market = make(it.merchant, it.city)
        return partial(
            write, it.merchant, market.key, expected_version=int(market.version or 0), **values
        )

    return prepare


def of_review(
    make: Callable[..., Market], write: Callable[..., object], **values: Any
) -> Callable[[Case], Write]:
    """Return an officer's write about a market that is made before."""

    def prepare(it: Case) -> Write:
        market = make(it.merchant, it.city)
        version = int(market.version or 0)
        return partial(write, *it.review, market.key, expected_version=version, **values)

    return prepare


def undo(it: Case) -> Write:
    market = factories.submitted(it.merchant, it.city)
    decided = review.approve_market(*it.review, market.key, expected_version=2)
    return partial(review.undo_decision, *it.review, decided.key, expected_version=3)


def note(it: Case) -> Write:
    market = factories.submitted(it.merchant, it.city)
    return partial(add_note, *it.review, market.key, note_id=str(uuid4()), text="Called them.")


def assign(it: Case) -> Write:
    market = factories.submitted(it.merchant, it.city)
    return partial(
        assign_market, *it.review, market.key, expected_version=2, assignee=it.officer.id
    )


TEXTS: dict[str, Any] = {"title": "Full", "occasion": Occasion.REJECT, "text": "No space."}


def add_template(it: Case) -> Write:
    return partial(
        add_reply_template, *it.review, template_id=str(uuid4()), language=Language.EN, **TEXTS
    )


def of_template(write: Callable[..., object], **values: Any) -> Callable[[Case], Write]:
    def prepare(it: Case) -> Write:
        template = factories.reply_template(it.officer, it.city)
        return partial(write, *it.review, template.key, expected_version=1, **values)

    return prepare


def redeem(it: Case) -> Write:
    for make in (factories.draft, factories.submitted):
        make(it.other, it.city)
    return partial(redeem_code, it.merchant, code=create_code(it.other))


def finish(it: Case) -> Write:
    draft = factories.draft(it.merchant, it.city)
    upload = arrived(it.merchant, draft)
    return partial(uploads.finish_upload, it.merchant, draft.key, upload)


def profile(it: Case) -> Write:
    details = {"legal_name": "Maria Crafts", "phone": ""}
    return partial(save_profile, it.merchant, expected_version=0, details=details)


def change_city(it: Case) -> Write:
    def change() -> City:
        # As a command does, which was started with what is registered then.
        return save_city(factories.OPERATOR, City(**{**known, "place": "Another square"}))

    known = dict(it.city.attribute_values)
    return change


SUBMITTED = factories.submitted
WRITES: dict[str, Callable[[Case], Write]] = {
    "create": create,
    "revise a draft": lambda it: revise(factories.draft(it.merchant, it.city), it),
    "revise": lambda it: revise(factories.submitted(it.merchant, it.city), it),
    "revise an approved one": lambda it: revise(factories.approved(it.merchant, it.city), it),
    "submit": of_market(factories.draft, operations.submit_market),
    "withdraw": of_market(SUBMITTED, operations.withdraw_market),
    "withdraw a draft": of_market(factories.draft, operations.withdraw_market),
    "delete a draft": of_market(factories.draft, operations.delete_draft),
    "approve": of_review(SUBMITTED, review.approve_market),
    "approve with a text": of_review(SUBMITTED, review.approve_market, text="Welcome."),
    "reject": of_review(
        SUBMITTED, review.reject_market, reason_code=ReasonCode.NO_SPACE, text="Full."
    ),
    "request changes": of_review(
        SUBMITTED, review.request_changes, requests=[("phone", "Please add it.")], text="Hello."
    ),
    "undo": undo,
    "note": note,
    "assign": assign,
    "add a template": add_template,
    "revise a template": of_template(revise_reply_template, **TEXTS | {"text": "Sorry."}),
    "delete a template": of_template(delete_reply_template),
    "profile": profile,
    "redeem a code": redeem,
    "finish an upload": finish,
    "change a city": change_city,
}

SAID = {
    "create": AlreadyExists,
    "delete a draft": NotFound,
    "delete a template": NotFound,
    "finish an upload": NotFound,
}
"""What is refused when it is sent again, with the true reason: it is there, or gone.
All others succeed."""


pytestmark = pytest.mark.usefixtures("_empty_tables")


@pytest.fixture(name="it")
def case(city: City, maria: Actor) -> Case:
    return Case(city, maria, factories.officer(city.slug), factories.merchant())


def stored(account: SessionAccount, it: Case) -> str:
    """Return all that is stored about the case, in each table."""
    database, found = account.operator.dynamodb, []
    for table in database.list_tables()["TableNames"]:
        for page in database.get_paginator("scan").paginate(TableName=table):
            found += [repr((table, item)) for item in page["Items"]]
    return "\n".join(sorted(found))


def send_again(name: str, write: Write) -> None:
    if refusal := SAID.get(name):
        with pytest.raises(refusal):
            write()
    else:
        write()


@pytest.mark.parametrize("name", WRITES)
def test_repeated_write_is_done_once(it: Case, account: SessionAccount, name: str) -> None:
    write = WRITES[name](it)
    write()
    once = stored(account, it)
    send_again(name, write)
    assert stored(account, it) == once


@pytest.mark.parametrize("name", WRITES)
def test_lost_answer_is_read_back(it: Case, account: SessionAccount, name: str) -> None:
    operation = "UpdateItem" if name == "assign" else TRANSACTION
    write = WRITES[name](it)
    with faulty(operation, lost, repeat=True) as sent:
        write()
    assert sent
    once = stored(account, it)
    send_again(name, write)
    if name != "finish an upload":  # its slot
        assert stored(account, it) == once


def test_repeat_adds_no_record_and_no_mail(it: Case) -> None:
    market = factories.submitted(it.merchant, it.city)
    for _ in range(3):
        with faulty(TRANSACTION, lost, repeat=True):
            decided = review.approve_market(*it.review, market.key, expected_version=2)
        assert (decided.version, decided.approved) == (3, True)
    assert [int(entry.version) for entry in history_of(market)] == [2, 3]
    assert len(messages_to(market)) == 1


# What is not the same is a conflict still


def test_different_or_later_change_is_conflict(it: Case) -> None:
    market = factories.submitted(it.merchant, it.city)
    colleague = factories.officer(it.city.slug)
    first = partial(review.approve_market, *it.review, market.key, expected_version=2, text="Yes.")
    first()
    others: list[Write] = [
        partial(review.approve_market, *it.review, market.key, expected_version=2, text="No."),
        partial(
            review.approve_market,
            colleague,
            it.city.slug,
            market.key,
            expected_version=2,
            text="Yes.",
        ),
        partial(operations.withdraw_market, it.merchant, market.key, expected_version=2),
    ]
    for write in others:
        with pytest.raises(VersionConflict):
            write()
    review.undo_decision(colleague, it.city.slug, market.key, expected_version=3)
    with pytest.raises(VersionConflict):
        first()
    assert load_market(market.key).version == 4


def test_revision_of_other_fields_is_conflict(it: Case) -> None:
    market = factories.submitted(it.merchant, it.city)
    write = partial(operations.revise_market, it.merchant, market.key, expected_version=2)
    write(details={"phone": "0268 413 000"})
    with pytest.raises(VersionConflict):
        write(details={"name": market.name})


def test_different_profile_or_template_is_conflict(it: Case) -> None:
    save_profile(it.merchant, expected_version=0, details={"phone": "1"})
    with pytest.raises(VersionConflict):
        save_profile(it.merchant, expected_version=0, details={"phone": "2"})
    template = factories.reply_template(it.officer, it.city)
    revise_reply_template(*it.review, template.key, expected_version=1, **TEXTS)
    with pytest.raises(VersionConflict):
        revise_reply_template(
            *it.review, template.key, expected_version=1, **TEXTS | {"text": "Sorry."}
        )
    assert ReplyTemplate.get(it.city.slug, template.key).text == TEXTS["text"]


def test_used_transfer_code_moves_nothing(it: Case) -> None:
    write = redeem(it)
    write()
    factories.draft(it.other, it.city)
    write()
    assert len(list(Market.query(it.other.id, consistent_read=True))) == 1


# Pages


@pytest.mark.usefixtures("_static_files")
def test_repeated_form_shows_success(it: Case) -> None:
    """Each form is sent twice, as after a lost answer."""
    officer, merchant = Client(), Client()
    sign_in(officer, sub=it.officer.id, cities=[it.city.slug])
    sign_in(merchant, sub=it.merchant.id)
    market = factories.submitted(it.merchant, it.city)
    path = f"/markets/{market.market_id}/"
    draft = factories.draft(it.merchant, it.city)
    forms: list[tuple[Client, str, dict[str, Any]]] = [
        (officer, f"{review_path(market)}approve/", {"expected_version": 2}),
        (officer, f"{review_path(market)}undo/", {"expected_version": 3}),
        (merchant, f"{path}withdraw/", {"expected_version": 4}),
        (merchant, f"/markets/{draft.market_id}/check/", {"expected_version": 1}),
        (merchant, "/account/", {"expected_version": 0, "legal_name": "Maria"}),
    ]
    photos = f"/markets/{factories.draft(it.merchant, it.city).market_id}/photos/"
    page = hidden(merchant.get(photos).text)
    forms.append((merchant, photos, page | {"order": "", "action": "save"}))
    for client, address, form in forms:
        if address == "/account/":
            form |= {"expected_version": 1}  # the submission has saved the profile
        for _ in range(2):
            answer = client.post(address, form, follow=True)
            assert answer.redirect_chain, address
            assert "in the meantime" not in answer.text, address
            assert "somebody else" not in answer.text, address


def test_change_while_looking_for_own_write_is_no_defect(maria: Actor, city: City) -> None:
    market, officer = factories.approved(maria, city), factories.officer(city.slug)
    done: list[Market] = []

    def withdraw(_: AWSPreparedRequest) -> None:
        if not done:
            done.append(market)
            operations.withdraw_market(maria, market.key, expected_version=3)

    with intercepted("Query", withdraw):
        assert find_done(officer, market.key, Action.APPROVE, expected_version=2) is None
    assert done
