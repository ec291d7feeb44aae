"""The erasure of a merchant: what is deleted, what stays, who may erase, interruptions."""

import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from approvals.review.case_file import find_break, get_case_file, serialize_case_file
from approvals.review.notes import notes_on
from approvals.statistics.queries import iter_applications
from core import clock
from core.actors import Actor
from core.errors import InvalidTransition, NotAllowed, NotFound, Unavailable
from core.unsaved.models import UnsavedForm
from identity.sessions.operations import list_sessions
from markets.accounts.profiles import get_profile, save_profile
from markets.cities.models import City
from markets.history.queries import history_of
from markets.history.timeline import timeline
from markets.lifecycle import Action
from markets.models import Market, Status
from markets.operations import revise_market, withdraw_market
from markets.outbox.messages import messages_to
from markets.outbox.models import MessageState
from markets.permissions import can_edit, can_submit, can_withdraw
from markets.photos import uploads
from markets.photos.models import Upload
from markets.privacy.data_export import find_data_export, make_data_export
from markets.privacy.erasure import ERASED, Outcome, erase_person, plan_erasure
from markets.privacy.retention import YEAR, apply_retention
from markets.queries import get_market
from tests import factories
from tests.account import SessionAccount
from tests.markets.privacy.people import (
    LEGAL,
    OPERATOR,
    PHONE,
    SECRETS,
    erase,
    has_personal_data,
    items_naming,
    make,
    photos_of,
    with_message,
)

# Outcomes


def test_erasure_leaves_no_personal_data_in_any_table(
    maria: Actor, city: City, account: SessionAccount, merchant: Client
) -> None:
    market = with_message(make(factories.submitted, maria, city))
    draft = make(factories.draft, maria, city)
    save_profile(maria, expected_version=0, details={"legal_name": LEGAL, "phone": PHONE})
    uploads.begin_upload(maria, draft.key, name="Ionescu.jpg", content_type="image/jpeg", size=9)
    now = clock.now()
    fields = {"legal_name": [LEGAL]}
    UnsavedForm(maria.id, "/x/", fields=fields, created_at=now, expires_at=now).save()
    make_data_export(maria, signed_in_as={})
    ids = (maria.id, market.market_id, draft.market_id)
    assert has_personal_data(account, *ids)
    done = {each.reference: each.outcome for each in erase(maria, email="maria@example.com")}
    assert done == {market.reference: Outcome.WITHDRAW, draft.reference: Outcome.DELETE}
    assert not has_personal_data(account, *ids)
    # Under their id there is only what the city keeps.
    left = [json.loads(line) for line in items_naming(account, maria.id).splitlines()]
    closed = [item for item in left if "closedAt" in item]
    assert [sorted(item) for item in closed] == [["closedAt", "erasedAt", "userId", "version"]]
    assert {
        item.get("reference", item.get("marketId"))["S"] for item in left if item not in closed
    } <= {market.reference, market.market_id}
    assert photos_of(market) == photos_of(draft) == []
    assert find_data_export(maria) is None
    assert list_sessions(maria.id) == []
    assert get_profile(maria).version is None
    assert not list(Upload.query(maria.id))


pytestmark = pytest.mark.usefixtures("_empty_tables")

MAKERS: dict[Status, tuple[Callable[..., Market], Outcome, Status | None]] = {
    Status.DRAFT: (factories.draft, Outcome.DELETE, None),
    Status.SUBMITTED: (factories.submitted, Outcome.WITHDRAW, Status.WITHDRAWN),
    Status.APPROVED: (factories.approved, Outcome.WITHDRAW, Status.WITHDRAWN),
    Status.REJECTED: (factories.rejected, Outcome.KEEP, Status.REJECTED),
}


@pytest.mark.parametrize("status", MAKERS)
def test_erasure_outcome_depends_on_status(maria: Actor, city: City, status: Status) -> None:
    maker, outcome, after = MAKERS[status]
    market = make(maker, maria, city)
    (planned,) = plan_erasure(maria, maria.id)
    assert (planned.reference, planned.outcome) == (market.reference, outcome)
    assert get_market(maria, market.key).legal_name == LEGAL
    erase(maria)
    if after is None:
        with pytest.raises(NotFound):
            get_market(maria, market.key)
    else:
        assert get_market(maria, market.key).status == after
    assert plan_erasure(maria, maria.id) == []


def test_past_approved_application_keeps_status_after_erasure(maria: Actor, city: City) -> None:
    market = make(factories.approved, maria, city)
    with clock.freeze(clock.now() + timedelta(days=61)):
        assert plan_erasure(maria, maria.id)[0].outcome == Outcome.KEEP
        erase(maria)
    market_now = get_market(maria, market.key)
    assert (market_now.status, market_now.approved) == (Status.APPROVED, True)


def test_decision_remains_without_personal_data(maria: Actor, city: City) -> None:
    market = make(factories.rejected, maria, city)
    erase(maria)
    market_now = get_market(OPERATOR, market.key)
    for name in ("description", "average_price", "category", "status", "reason_code"):
        assert getattr(market_now, name) == getattr(market, name)
    assert (market_now.decided_at, market_now.decided_by) == (market.decided_at, market.decided_by)
    erased = (
        market_now.name,
        market_now.legal_name,
        market_now.contact_email,
        market_now.phone,
        market_now.decision_text,
    )
    assert not any(erased)
    assert list(market_now.photos) == []
    assert market_now.search_text == market.reference.casefold()
    assert [entry.action for entry in history_of(market_now)][-2:] == [Action.REJECT, Action.ERASE]


def test_erasure_empties_messages_and_notes_and_cancels_mail(maria: Actor, city: City) -> None:
    market = with_message(make(factories.submitted, maria, city))
    assert messages_to(market)[0].state == MessageState.WAITING
    erase(maria)
    (message,) = messages_to(market)
    assert (message.state, message.to, message.body) == (MessageState.CANCELLED, ERASED, ERASED)
    assert [note.text for note in notes_on(market)] == [ERASED]
    assert notes_on(market)[0].author_name


# The history


def test_history_chain_is_intact_after_erasure(maria: Actor, city: City) -> None:
    market = with_message(make(factories.submitted, maria, city))
    revise_market(
        maria, market.key, expected_version=3, details={"phone": "+40 1 777 777 Ionescu"[:21]}
    )
    before = history_of(market)
    erase(maria)
    market_now = get_market(OPERATOR, market.key)
    after = history_of(market_now)
    assert find_break(market_now) is None
    assert [entry.hash for entry in after[: len(before)]] == [entry.hash for entry in before]
    assert [entry.action for entry in after[len(before) :]] == [Action.WITHDRAW, Action.ERASE]
    records = json.dumps([entry.to_simple_dict() for entry in after], default=str)
    assert not any(secret in records for secret in SECRETS)


def test_verify_history_passes_after_erasure(maria: Actor, city: City) -> None:
    make(factories.rejected, maria, city)
    erase(maria)
    out = io.StringIO()
    call_command("verify_history", "--city", city.slug, stdout=out)
    assert "1 checked, 0 broken." in out.getvalue()


def test_city_hall_pages_work_after_erasure(maria: Actor, city: City, officer: Client) -> None:
    """Pages, case file and exports work without the erased values."""
    market = with_message(make(factories.submitted, maria, city))
    erase(OPERATOR, maria.id)
    market_now = get_market(OPERATOR, market.key)
    path = f"/city-hall/{city.slug}/markets/{market.user_id}/{market.market_id}/"
    queue = f"/city-hall/{city.slug}/?status=withdrawn"
    for page in (path, queue, f"{path}case-file/", f"{path}case-file.json"):
        answer = officer.get(page)
        assert answer.status_code == 200
        assert market.reference in answer.text
        for wrong in ("Ionescu", ">None<"):
            assert wrong not in answer.text
    assert officer.get(f"/city-hall/{city.slug}/applications.csv").status_code == 200
    file = get_case_file(factories.officer(city.slug), city.slug, market_now.key)
    assert serialize_case_file(file)["chain"]["whole"]
    assert [each.reference for each in iter_applications(OPERATOR, city.slug)] == [market.reference]
    assert timeline(market_now, history_of(market_now))[0].action.label == "Personal data erased"


def test_merchant_pages_work_after_retention(maria: Actor, city: City, merchant: Client) -> None:
    """Retention erased the data, but the merchant still has an account."""
    market = with_message(make(factories.submitted, maria, city))
    withdraw_market(maria, market.key, expected_version=3)
    with clock.freeze(clock.now() + 11 * YEAR):
        assert [each.reference for each in apply_retention(OPERATOR)] == [market.reference]
    for page in ("", f"{market.market_id}/", f"{market.market_id}/versions/2/"):
        answer = merchant.get(f"/markets/{page}")
        assert answer.status_code == 200
        assert "Ionescu" not in answer.text


def test_erased_application_cannot_be_changed(maria: Actor, city: City) -> None:
    market = make(factories.rejected, maria, city)
    erase(OPERATOR, maria.id)
    market_now = get_market(maria, market.key)
    assert not any(can(maria, market_now) for can in (can_edit, can_submit, can_withdraw))
    with pytest.raises(InvalidTransition, match="personal data was erased"):
        withdraw_market(maria, market_now.key, expected_version=int(market_now.version or 0))


# Permissions and interruptions


def test_only_merchant_and_operator_may_erase(maria: Actor, city: City) -> None:
    market = make(factories.submitted, maria, city)
    for actor, refusal in (
        (factories.merchant(), NotFound),
        (factories.officer(city.slug), NotAllowed),
        (Actor.visitor(), NotAllowed),
    ):
        for call in (plan_erasure, lambda a, u: list(erase_person(a, u))):
            with pytest.raises(refusal):
                call(actor, maria.id)
        with pytest.raises(NotAllowed):
            list(apply_retention(actor))
    assert get_market(maria, market.key).legal_name == LEGAL


class Fault(Exception):
    pass


def _fails(at: int) -> Callable[[Market], int]:
    """Return a hook that fails after `at` markets."""
    left = iter(range(at))

    def fail(_market: Market) -> int:
        if next(left, None) is None:
            raise Fault
        return 0

    return fail


interruption: Callable[[Market], int] = _fails(0)


def interrupt(market: Market, *, dry_run: bool = False) -> int:
    return interruption(market)


def test_interrupted_erasure_is_finished_by_repeating_it(
    maria: Actor, city: City, settings: Settings, account: SessionAccount
) -> None:
    made = [make(factories.rejected, maria, city) for _ in range(3)]
    markets = sorted(made, key=lambda market: market.market_id)
    globals()["interruption"] = _fails(1)
    also = settings.ALSO_ERASE
    settings.ALSO_ERASE = [*also, f"{__name__}.interrupt"]
    with pytest.raises(Fault):
        erase(maria)
    half = [get_market(maria, market.key) for market in markets]
    assert [bool(market.erased_at) for market in half] == [True, True, False]
    assert [market.erasure_state for market in half] == [None, "begun", None]
    settings.ALSO_ERASE = also
    assert len(plan_erasure(maria, maria.id)) == 2
    assert len(erase(maria)) == 2
    assert not has_personal_data(account, maria.id, *(market.market_id for market in markets))
    assert [find_break(get_market(OPERATOR, market.key)) for market in markets] == [None] * 3
    assert erase(maria) == []


def test_apply_retention_finishes_interrupted_erasure(
    maria: Actor, city: City, settings: Settings
) -> None:
    market = make(factories.rejected, maria, city)
    globals()["interruption"] = _fails(0)
    also = settings.ALSO_ERASE
    settings.ALSO_ERASE = [f"{__name__}.interrupt"]
    later = clock.now() + 11 * YEAR
    with clock.freeze(later), pytest.raises(Fault):
        list(apply_retention(OPERATOR))
    settings.ALSO_ERASE = also
    with clock.freeze(later):
        assert [each.reference for each in apply_retention(OPERATOR)] == [market.reference]
        assert list(apply_retention(OPERATOR)) == []
    assert photos_of(market) == []


def test_unreachable_bucket_stops_erasure_before_draft_is_deleted(
    maria: Actor, city: City, settings: Settings
) -> None:
    """Photos are found by the draft's id only, so the draft is deleted after them."""
    market = make(factories.draft, maria, city)
    storages_then = settings.STORAGES
    nowhere = {**storages_then["default"], "OPTIONS": {"endpoint_url": "http://127.0.0.1:9"}}
    settings.STORAGES = {**storages_then, "default": nowhere}
    with pytest.raises(Unavailable):
        erase(maria)
    settings.STORAGES = storages_then
    assert get_market(maria, market.key)
    erase(maria)
    assert photos_of(market) == []


def test_erasure_reads_concurrently_edited_market_again(maria: Actor, city: City) -> None:
    """The market was read before another save: it is read again."""
    from markets.privacy.erasure import erase_market

    stale = make(factories.submitted, maria, city)
    revise_market(maria, stale.key, expected_version=2, details={"legal_name": "Ionescu & Co"})
    assert erase_market(OPERATOR, stale)
    assert get_market(OPERATOR, stale.key).legal_name is None
    assert find_break(get_market(OPERATOR, stale.key)) is None


def test_exports_of_other_merchants_are_kept(maria: Actor, city: City) -> None:
    other = factories.merchant()
    make_data_export(other, signed_in_as={})
    erase(maria)
    assert find_data_export(other)
    assert storages["exports"].exists(f"{other.id}/my-garage-data.zip")


def test_erased_stall_is_not_in_programme(maria: Actor, city: City, visitor: Client) -> None:
    other = factories.approved(factories.merchant(), city, name="Gingerbread")
    make(factories.approved, maria, city)
    with clock.freeze(clock.now() + timedelta(days=61)):
        erase(maria)
        page = visitor.get(f"/cities/{city.slug}/")
    assert page.status_code == 200
    assert str(other.name) in page.text
    assert "(name erased)" not in page.text
