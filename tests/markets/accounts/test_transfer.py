"""The transfer of applications between two accounts of one person."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from botocore.awsrequest import AWSPreparedRequest
from django.test import Client

from approvals.queue.assignments import assign_market
from approvals.review.operations import undo_decision
from core import clock
from core.actors import Actor
from core.errors import DomainError, NotAllowed, NotFound, VersionConflict
from markets.accounts import transfer
from markets.accounts.models import TransferCode
from markets.accounts.transfer import SameAccount, create_code, preview_transfer, redeem_code
from markets.cities.models import City
from markets.history import chain
from markets.history.queries import history_of
from markets.history.records import recorded
from markets.history.timeline import timeline
from markets.lifecycle import Action
from markets.models import Market, Status
from markets.operations import withdraw_market
from markets.outbox.messages import messages_to
from markets.queries import get_market, page_of_markets
from tests import factories
from tests.account import SessionAccount
from tests.clients import sign_in
from tests.faults import intercepted


@pytest.fixture
def other() -> Actor:
    """The same person's other account."""
    return factories.merchant()


def owned(actor: Actor) -> list[str]:
    return sorted(market.market_id for market in page_of_markets(actor).items)


def registered_owner(account: SessionAccount, market: Market) -> str:
    """Return the owner in the table of references, which the site may not read."""
    item = account.operator.dynamodb.get_item(
        TableName=account.outputs["ReferencesTable"], Key={"reference": {"S": market.reference}}
    )["Item"]
    assert item["marketId"]["S"] == market.market_id
    return item["userId"]["S"]


MAKERS: dict[Status, Callable[[Actor, City], Market]] = {
    Status.DRAFT: factories.draft,
    Status.SUBMITTED: factories.submitted,
    Status.APPROVED: factories.approved,
    Status.REJECTED: factories.rejected,
}


@pytest.mark.parametrize("status", MAKERS)
def test_transfer_keeps_all_fields(
    city: City, maria: Actor, other: Actor, status: Status, account: SessionAccount
) -> None:
    before = MAKERS[status](maria, city)
    old = before.serialize()
    (moved,) = redeem_code(other, code=create_code(maria)).markets
    now = get_market(other, moved.key)
    assert now.serialize() == moved.serialize()
    assert now.version == before.version + 1
    for name in ("userId", "version", "updatedAt", "historyHash"):
        old.pop(name, None)
    assert now.serialize() == now.serialize() | old
    with pytest.raises(NotFound):
        get_market(maria, before.key)
    assert owned(maria) == []
    assert registered_owner(account, before) == other.id


def test_transfer_is_recorded_and_chain_stays_intact(
    city: City, maria: Actor, other: Actor
) -> None:
    market = factories.submitted(maria, city)
    redeem_code(other, code=create_code(maria))
    moved = get_market(other, market.key._replace(user_id=other.id))
    records = history_of(moved)
    last = records[-1]
    assert (last.action, last.actor_id) == (Action.TRANSFER, other.id)
    assert (last.before, last.after) == ({"userId": maria.id}, {"userId": other.id})
    assert all(b.previous == a.hash for a, b in pairwise(records))
    assert chain.first_break(moved, records, recorded(moved)) is None
    assert [entry.by_merchant for entry in timeline(moved, records)] == [True, True]
    assert timeline(moved, records)[0].action.label == "Moved to another account"


def test_transferred_draft_has_no_history(city: City, maria: Actor, other: Actor) -> None:
    factories.draft(maria, city)
    (moved,) = redeem_code(other, code=create_code(maria)).markets
    assert history_of(moved) == []


def test_only_new_account_can_act_after_transfer(city: City, maria: Actor, other: Actor) -> None:
    market = factories.submitted(maria, city)
    (moved,) = redeem_code(other, code=create_code(maria)).markets
    with pytest.raises(NotFound):
        withdraw_market(maria, market.key, expected_version=moved.version)
    assert withdraw_market(other, moved.key, expected_version=moved.version).status == "withdrawn"


def test_decision_can_be_undone_after_transfer(city: City, maria: Actor, other: Actor) -> None:
    factories.approved(maria, city)
    (moved,) = redeem_code(other, code=create_code(maria)).markets
    (message,) = messages_to(moved)
    assert (message.user_id, message.version) == (other.id, moved.version)
    officer = factories.officer(city.slug)
    undone = undo_decision(officer, city.slug, moved.key, expected_version=moved.version)
    assert undone.status == Status.SUBMITTED


def test_all_applications_are_transferred_together(city: City, maria: Actor, other: Actor) -> None:
    own = factories.draft(other, city)
    theirs = [factories.draft(maria, city), factories.submitted(maria, city)]
    move = redeem_code(other, code=create_code(maria))
    assert move.user_id == maria.id
    assert owned(other) == sorted(m.market_id for m in [own, *theirs])


def test_transfer_larger_than_one_transaction(
    city: City, maria: Actor, other: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    markets = [factories.draft(maria, city) for _ in range(5)]
    monkeypatch.setattr(transfer, "MAX_PARTS", 9)
    code = create_code(maria)
    assert len(redeem_code(other, code=code).markets) == 5
    assert owned(other) == sorted(market.market_id for market in markets)
    with pytest.raises(NotFound):
        preview_transfer(other, code=code)


def test_preview_transfers_nothing(city: City, maria: Actor, other: Actor) -> None:
    market = factories.submitted(maria, city)
    code = create_code(maria)
    for _ in range(2):
        assert [each.key for each in preview_transfer(other, code=code).markets] == [market.key]
    assert owned(maria) == [market.market_id]


def test_transfer_code_works_once(city: City, maria: Actor, other: Actor) -> None:
    factories.draft(maria, city)
    code = create_code(maria)
    redeem_code(other, code=code)
    later = factories.draft(maria, city)
    for use in (preview_transfer, redeem_code):
        with pytest.raises(NotFound, match="not valid"):
            use(factories.merchant(), code=code)
    with pytest.raises(NotFound, match="not valid"):
        preview_transfer(other, code=code)
    # Sent again, as after a lost answer, it says what it did and does no more.
    assert len(redeem_code(other, code=code).markets) == 1
    assert owned(maria) == [later.market_id]


def test_transfer_code_is_valid_for_15_minutes(maria: Actor, other: Actor) -> None:
    code = create_code(maria)
    with clock.freeze(clock.now() + timedelta(minutes=14)):
        preview_transfer(other, code=code)
    with clock.freeze(clock.now() + timedelta(minutes=15)), pytest.raises(NotFound):
        preview_transfer(other, code=code)


@pytest.mark.parametrize("code", ["", "-", "AAAA-AAAA-AAAA", "🎄" * 12, "x" * 10_000])
def test_unknown_transfer_code_is_refused(other: Actor, code: str) -> None:
    with pytest.raises(NotFound, match="not valid"):
        redeem_code(other, code=code)


def test_transfer_code_is_accepted_in_other_spellings(maria: Actor, other: Actor) -> None:
    code = create_code(maria)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code)
    written = f" {code.replace('-', ' ').lower().replace('0', 'o').replace('1', 'l')} "
    assert preview_transfer(other, code=written).user_id == maria.id


def test_table_contains_no_plain_transfer_code(maria: Actor) -> None:
    code = create_code(maria)
    characters = code.replace("-", "")
    stored = TransferCode.get(transfer._hash(code))  # noqa: SLF001
    assert stored.user_id == maria.id
    assert code not in str(stored.serialize())
    assert characters not in str(stored.serialize())


def test_transfer_into_same_account_is_refused(maria: Actor) -> None:
    with pytest.raises(SameAccount):
        redeem_code(maria, code=create_code(maria))


@pytest.mark.parametrize(
    "actor",
    [Actor.visitor(), factories.officer("brasov"), Actor.operator("tests")],
    ids=lambda actor: actor.kind,
)
def test_only_merchants_transfer(actor: Actor, maria: Actor) -> None:
    code = create_code(maria)
    for attempt in (
        lambda: create_code(actor),
        lambda: preview_transfer(actor, code=code),
        lambda: redeem_code(actor, code=code),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_concurrent_change_cancels_whole_transfer(
    city: City, maria: Actor, other: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All or nothing: if one is stale, none is transferred and the code stays valid."""
    first, second = factories.submitted(maria, city), factories.submitted(maria, city)
    code = create_code(maria)
    load = transfer._load  # noqa: SLF001

    def load_and_withdraw(actor: Actor, code: str) -> tuple[TransferCode, transfer.Transfer]:
        found = load(actor, code)
        withdraw_market(maria, second.key, expected_version=second.version)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(transfer, "_load", load_and_withdraw)
        with pytest.raises(VersionConflict):
            redeem_code(other, code=code)
    assert owned(other) == []
    assert len(history_of(first)) == 1
    redeem_code(other, code=code)
    assert owned(other) == sorted([first.market_id, second.market_id])


def test_assignment_during_transfer_is_not_lost(city: City, maria: Actor, other: Actor) -> None:
    """An officer who was told that it is assigned finds it assigned, wherever it is now."""
    market, officer = factories.submitted(maria, city), factories.officer(city.slug)
    code = create_code(maria)

    def assign(_request: AWSPreparedRequest) -> None:
        assign_market(officer, city.slug, market.key, expected_version=2, assignee=officer.id)

    with intercepted("TransactWriteItems", assign), pytest.raises(VersionConflict):
        redeem_code(other, code=code)
    assert owned(other) == []
    (transferred,) = redeem_code(other, code=code).markets
    assert get_market(other, transferred.key).assignee == officer.id


def test_concurrently_redeemed_code_transfers_to_one_account(
    city: City, maria: Actor, account: SessionAccount
) -> None:
    market = factories.submitted(maria, city)
    code = create_code(maria)
    recipients = [factories.merchant() for _ in range(8)]

    def redeem(actor: Actor) -> bool:
        try:
            redeem_code(actor, code=code)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(len(recipients)) as pool:
        won = list(pool.map(redeem, recipients))
    assert won.count(True) == 1
    assert [owned(actor) for actor in recipients if owned(actor)] == [[market.market_id]]
    assert registered_owner(account, market) == recipients[won.index(True)].id


# The pages

TRANSFER = "/account/transfer/"


def code_on(page: str) -> str:
    found = re.search(r'<p class="code">([0-9A-Z-]{14})</p>', page)
    assert found
    return found[1]


def test_transfer_by_pages(merchant: Client, stranger: Client, city: City, maria: Actor) -> None:
    market = factories.submitted(maria, city)
    assert "Create a code" in merchant.get(TRANSFER).text
    shown = merchant.post(f"{TRANSFER}create-code/")
    assert "no-store" in shown["Cache-Control"]
    code = code_on(shown.text)
    preview = stranger.post(f"{TRANSFER}redeem/", {"code": code})
    assert market.reference in preview.text
    assert owned(maria) == [market.market_id]
    moved = stranger.post(f"{TRANSFER}redeem/", {"code": code, "confirmed": "yes"}, follow=True)
    assert "1 application is in this account now" in moved.text
    assert market.reference in moved.text
    assert owned(maria) == []


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes"}])
def test_wrong_code_is_reported_at_field(stranger: Client, confirmed: dict[str, str]) -> None:
    page = stranger.post(f"{TRANSFER}redeem/", {"code": "<b>wrong</b>", **confirmed})
    assert page.status_code == 404
    assert page.text.count("This code is not valid") == 2
    assert 'value="&lt;b&gt;wrong&lt;/b&gt;"' in page.text


def test_transfer_from_empty_account_says_nothing_to_move(
    merchant: Client, stranger: Client
) -> None:
    code = code_on(merchant.post(f"{TRANSFER}create-code/").text)
    assert "There is nothing to move" in stranger.post(f"{TRANSFER}redeem/", {"code": code}).text


def test_officer_cannot_open_transfer_pages(officer: Client) -> None:
    assert officer.get(TRANSFER).status_code == 403
    for step in ("create-code", "redeem"):
        assert officer.post(f"{TRANSFER}{step}/").status_code == 403


def test_transfer_needs_post_and_csrf_token(merchant: Client) -> None:
    assert merchant.get(f"{TRANSFER}create-code/").status_code == 405
    assert merchant.get(f"{TRANSFER}redeem/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict)
    assert strict.post(f"{TRANSFER}create-code/").status_code == 403
    assert strict.post(f"{TRANSFER}redeem/", {"code": "x"}).status_code == 403
