"""A merchant is forgotten: what goes, what stays, whoever asks, however often."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from approvals.review.case_file import find_break, get_case_file, serialize_case_file
from approvals.review.notes import add_note, notes_on
from approvals.review.operations import request_changes
from approvals.statistics.queries import iter_applications
from core import clock, deadline
from core.actors import Actor
from core.errors import InvalidTransition, NotAllowed, NotFound, Unavailable
from core.unsaved.models import UnsavedForm
from identity.sessions.operations import list_sessions
from markets.accounts.profiles import get_profile, save_profile
from markets.cities.models import City
from markets.cities.operations import save_city
from markets.cities.queries import register
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
from markets.privacy.erasure import ERASED, Erasure, Outcome, erase_person, plan_erasure
from markets.privacy.retention import DRAFT_RETENTION, YEAR, apply_retention
from markets.queries import get_market, page_of_markets
from tests import factories
from tests.account import SessionAccount

OPERATOR = factories.OPERATOR
PAGE = "/account/delete/"
WORD = {"confirmation": "DELETE"}
# Whatever of the person anybody could look for.
LEGAL = "Ionescu Maria PFA"
EMAIL = "ionescu@example.com"
PHONE = "+40 268 413 777"
NAME = "Ionescu's candles"
ALT = "Mrs Ionescu in front of the house"
LETTER = "Dear Mrs Ionescu"
NOTE = "Ionescu paid late."
SECRETS = ("Ionescu", "ionescu", PHONE)


def person(market_id: str) -> dict[str, Any]:
    return {
        "name": NAME,
        "legal_name": LEGAL,
        "contact_email": EMAIL,
        "phone": PHONE,
        "photos": (factories.photo(market_id, alt_text=ALT),),
    }


def make(maker: Callable[..., Market], actor: Actor, city: City) -> Market:
    """Make a market in which the person is everywhere, photo included."""
    market = maker(actor, city, name=NAME, legal_name=LEGAL, contact_email=EMAIL, phone=PHONE)
    market = get_market(actor, market.key)
    for photo in market.photos:
        default_storage.save(photo.key, ContentFile(b"picture"))
    return market


def with_letter(market: Market) -> Market:
    """Let the city ask for changes in words, and an officer note something."""
    officer = factories.officer(market.city)
    add_note(officer, market.city, market.key, note_id="n1", text=NOTE)
    request_changes(
        officer,
        market.city,
        market.key,
        expected_version=int(market.version or 0),
        requests=[("phone", LETTER)],
        text=LETTER,
    )
    return get_market(OPERATOR, market.key)


def erase(actor: Actor, user_id: str | None = None, **options: str) -> list[Erasure]:
    return list(erase_person(actor, user_id or actor.id, **options))


def photos_of(market: Market) -> list[str]:
    found = default_storage.iter_objects(f"markets/{market.market_id}/")  # type: ignore[attr-defined]
    return [name for name, _ in found]


def says_who(account: SessionAccount, *ids: str) -> bool:
    return any(secret in everything_about(account, *ids) for secret in SECRETS)


def everything_about(account: SessionAccount, *ids: str) -> str:
    """Return every item of every table that names one of these, as an operator sees it."""
    database = account.operator.dynamodb
    found = []
    for table in database.list_tables()["TableNames"]:
        for page in database.get_paginator("scan").paginate(TableName=table):
            found += [
                told
                for item in page["Items"]
                if any(each in (told := json.dumps(item, default=str)) for each in ids)
            ]
    return "\n".join(found)


# What becomes of it all


def test_nothing_of_the_person_is_left_in_any_table(
    maria: Actor, city: City, account: SessionAccount, merchant: Client
) -> None:
    market = with_letter(make(factories.submitted, maria, city))
    draft = make(factories.draft, maria, city)
    save_profile(maria, expected_version=0, details={"legal_name": LEGAL, "phone": PHONE})
    uploads.begin_upload(maria, draft.key, name="Ionescu.jpg", content_type="image/jpeg", size=9)
    now = clock.now()
    fields = {"legal_name": [LEGAL]}
    UnsavedForm(maria.id, "/x/", fields=fields, created_at=now, expires_at=now).save()
    make_data_export(maria, signed_in_as={})
    ids = (maria.id, market.market_id, draft.market_id)
    assert says_who(account, *ids)
    done = {each.reference: each.outcome for each in erase(maria, email="maria@example.com")}
    assert done == {market.reference: Outcome.WITHDRAW, draft.reference: Outcome.DELETE}
    assert not says_who(account, *ids)
    # Under their id there is only what the city keeps.
    left = [json.loads(line) for line in everything_about(account, maria.id).splitlines()]
    assert {item.get("reference", item.get("marketId"))["S"] for item in left} <= {
        market.reference,
        market.market_id,
    }
    assert photos_of(market) == photos_of(draft) == []
    assert find_data_export(maria) is None
    assert list_sessions(maria.id) == []
    assert get_profile(maria).version is None
    assert not list(Upload.query(maria.id))


MAKERS: dict[Status, tuple[Callable[..., Market], Outcome, Status | None]] = {
    Status.DRAFT: (factories.draft, Outcome.DELETE, None),
    Status.SUBMITTED: (factories.submitted, Outcome.WITHDRAW, Status.WITHDRAWN),
    Status.APPROVED: (factories.approved, Outcome.WITHDRAW, Status.WITHDRAWN),
    Status.REJECTED: (factories.rejected, Outcome.KEEP, Status.REJECTED),
}


@pytest.mark.parametrize("status", MAKERS)
def test_what_becomes_of_an_application(maria: Actor, city: City, status: Status) -> None:
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


def test_a_place_of_an_earlier_season_stays_in_the_books(maria: Actor, city: City) -> None:
    market = make(factories.approved, maria, city)
    with clock.freeze(clock.now() + timedelta(days=61)):
        assert plan_erasure(maria, maria.id)[0].outcome == Outcome.KEEP
        erase(maria)
    kept = get_market(maria, market.key)
    assert (kept.status, kept.approved) == (Status.APPROVED, True)


def test_the_decision_stays_without_the_person(maria: Actor, city: City) -> None:
    market = make(factories.rejected, maria, city)
    erase(maria)
    kept = get_market(OPERATOR, market.key)
    for name in ("description", "average_price", "category", "status", "reason_code"):
        assert getattr(kept, name) == getattr(market, name)
    assert (kept.decided_at, kept.decided_by) == (market.decided_at, market.decided_by)
    erased = (kept.name, kept.legal_name, kept.contact_email, kept.phone, kept.decision_text)
    assert not any(erased)
    assert list(kept.photos) == []
    assert kept.search_text == market.reference.casefold()
    assert [entry.action for entry in history_of(kept)][-2:] == [Action.REJECT, Action.ERASE]


def test_letters_and_notes_lose_their_words_and_nothing_is_sent_any_more(
    maria: Actor, city: City
) -> None:
    market = with_letter(make(factories.submitted, maria, city))
    assert messages_to(market)[0].state == MessageState.WAITING
    erase(maria)
    (message,) = messages_to(market)
    assert (message.state, message.to, message.body) == (MessageState.CANCELLED, ERASED, ERASED)
    assert [note.text for note in notes_on(market)] == [ERASED]
    assert notes_on(market)[0].author_name


# The history


def test_the_history_is_still_proven_whole(maria: Actor, city: City) -> None:
    market = with_letter(make(factories.submitted, maria, city))
    revise_market(
        maria, market.key, expected_version=3, details={"phone": "+40 1 777 777 Ionescu"[:21]}
    )
    before = history_of(market)
    erase(maria)
    kept = get_market(OPERATOR, market.key)
    after = history_of(kept)
    assert find_break(kept) is None
    assert [entry.hash for entry in after[: len(before)]] == [entry.hash for entry in before]
    assert [entry.action for entry in after[len(before) :]] == [Action.WITHDRAW, Action.ERASE]
    told = json.dumps([entry.to_simple_dict() for entry in after], default=str)
    assert not any(secret in told for secret in SECRETS)


def test_verify_history_proves_it_too(maria: Actor, city: City) -> None:
    make(factories.rejected, maria, city)
    erase(maria)
    out = io.StringIO()
    call_command("verify_history", "--city", city.slug, stdout=out)
    assert "1 checked, 0 broken." in out.getvalue()


def test_who_looks_at_it_later_reads_on(maria: Actor, city: City, officer: Client) -> None:
    """Pages, case file and exports take what is missing."""
    market = with_letter(make(factories.submitted, maria, city))
    erase(OPERATOR, maria.id)
    kept = get_market(OPERATOR, market.key)
    path = f"/city-hall/{city.slug}/markets/{market.user_id}/{market.market_id}/"
    queue = f"/city-hall/{city.slug}/?status=withdrawn"
    for page in (path, queue, f"{path}case-file/", f"{path}case-file.json"):
        answer = officer.get(page)
        assert answer.status_code == 200
        assert market.reference in answer.text
        for wrong in ("Ionescu", ">None<"):
            assert wrong not in answer.text
    assert officer.get(f"/city-hall/{city.slug}/applications.csv").status_code == 200
    file = get_case_file(factories.officer(city.slug), city.slug, kept.key)
    assert serialize_case_file(file)["chain"]["whole"]
    assert [each.reference for each in iter_applications(OPERATOR, city.slug)] == [market.reference]
    assert timeline(kept, history_of(kept))[0].action.label == "Personal data erased"


def test_its_merchant_reads_on_too(maria: Actor, city: City, merchant: Client) -> None:
    """Where retention took the person out, but they are still here."""
    market = with_letter(make(factories.submitted, maria, city))
    withdraw_market(maria, market.key, expected_version=3)
    with clock.freeze(clock.now() + 11 * YEAR):
        assert [each.reference for each in apply_retention(OPERATOR)] == [market.reference]
    for page in ("", f"{market.market_id}/", f"{market.market_id}/versions/2/"):
        answer = merchant.get(f"/markets/{page}")
        assert answer.status_code == 200
        assert "Ionescu" not in answer.text


def test_nothing_can_be_done_to_what_was_erased(maria: Actor, city: City) -> None:
    market = make(factories.rejected, maria, city)
    erase(OPERATOR, maria.id)
    kept = get_market(maria, market.key)
    assert not any(can(maria, kept) for can in (can_edit, can_submit, can_withdraw))
    with pytest.raises(InvalidTransition, match="personal data was erased"):
        withdraw_market(maria, kept.key, expected_version=int(kept.version or 0))


# Who may, and what breaks off


def test_strangers_officers_and_visitors_may_not(maria: Actor, city: City) -> None:
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


def _fails(at: int) -> Callable[[Market], None]:
    """Return what breaks off so many markets on."""
    left = iter(range(at))

    def fail(_market: Market) -> None:
        if next(left, None) is None:
            raise Fault

    return fail


broken_off: Callable[[Market], None] = _fails(0)


def break_off(market: Market) -> None:
    broken_off(market)


def test_what_breaks_off_half_way_is_finished_by_doing_it_again(
    maria: Actor, city: City, settings: Settings, account: SessionAccount
) -> None:
    made = [make(factories.rejected, maria, city) for _ in range(3)]
    markets = sorted(made, key=lambda market: market.market_id)
    globals()["broken_off"] = _fails(1)
    also = settings.ALSO_ERASE
    settings.ALSO_ERASE = [*also, f"{__name__}.break_off"]
    with pytest.raises(Fault):
        erase(maria)
    half = [get_market(maria, market.key) for market in markets]
    assert [bool(market.erased_at) for market in half] == [True, True, False]
    assert [market.erasure_state for market in half] == [None, "begun", None]
    settings.ALSO_ERASE = also
    assert len(plan_erasure(maria, maria.id)) == 2
    assert len(erase(maria)) == 2
    assert not says_who(account, maria.id, *(market.market_id for market in markets))
    assert [find_break(get_market(OPERATOR, market.key)) for market in markets] == [None] * 3
    assert erase(maria) == []


def test_apply_retention_finishes_what_broke_off(
    maria: Actor, city: City, settings: Settings
) -> None:
    market = make(factories.rejected, maria, city)
    globals()["broken_off"] = _fails(0)
    also = settings.ALSO_ERASE
    settings.ALSO_ERASE = [f"{__name__}.break_off"]
    later = clock.now() + 11 * YEAR
    with clock.freeze(later), pytest.raises(Fault):
        list(apply_retention(OPERATOR))
    settings.ALSO_ERASE = also
    with clock.freeze(later):
        assert [each.reference for each in apply_retention(OPERATOR)] == [market.reference]
        assert list(apply_retention(OPERATOR)) == []
    assert photos_of(market) == []


def test_a_bucket_that_does_not_answer_stops_it_before_the_draft_is_forgotten(
    maria: Actor, city: City, settings: Settings
) -> None:
    """A draft's id is all that leads to its photos, so it goes after them."""
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


def test_a_merchant_who_writes_at_the_same_moment_loses_nothing_but_the_race(
    maria: Actor, city: City
) -> None:
    """The market was read before somebody saved it once more: it is read again."""
    from markets.privacy.erasure import erase_market

    stale = make(factories.submitted, maria, city)
    revise_market(maria, stale.key, expected_version=2, details={"legal_name": "Ionescu & Co"})
    assert erase_market(OPERATOR, stale)
    assert get_market(OPERATOR, stale.key).legal_name is None
    assert find_break(get_market(OPERATOR, stale.key)) is None


# The page


def test_the_page_tells_what_goes_and_wants_the_word(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = make(factories.approved, maria, city)
    page = merchant.get(PAGE).text
    assert market.reference in page
    assert "its place is given up" in page
    for wrong in ({}, {"confirmation": "delete it"}):
        answer = merchant.post(PAGE, wrong)
        assert answer.status_code == 422
        assert "Type the word DELETE" in answer.text
    assert get_market(maria, market.key).legal_name == LEGAL


def test_the_page_erases_and_ends_the_session(merchant: Client, maria: Actor, city: City) -> None:
    make(factories.draft, maria, city)
    answer = merchant.post(PAGE, {"confirmation": " delete "}, follow=True)
    # Tests' people are not in the pool, so there is no sign-in to delete.
    assert "Your data is deleted" in answer.text
    assert "Sign in again" in answer.text
    assert page_of_markets(maria).items == ()
    assert list_sessions(maria.id) == []
    assert merchant.get("/markets/").status_code == 302


def test_the_page_goes_on_where_the_time_was_up(merchant: Client, maria: Actor, city: City) -> None:
    for _ in range(3):
        make(factories.rejected, maria, city)
    with deadline.within(0):
        answer = merchant.post(PAGE, WORD)
    assert "Not finished yet" in answer.text
    assert len(plan_erasure(maria, maria.id)) == 2
    assert "Your data is deleted" in merchant.post(PAGE, WORD, follow=True).text
    assert plan_erasure(maria, maria.id) == []


def test_one_merchant_deletes_nothing_of_another(
    stranger: Client, maria: Actor, city: City
) -> None:
    market = make(factories.submitted, maria, city)
    stranger.post(PAGE, WORD)
    assert get_market(maria, market.key).legal_name == LEGAL


# Retention


def test_settled_applications_are_kept_for_the_years_of_the_rule(
    maria: Actor, city: City, settings: Settings
) -> None:
    market = make(factories.rejected, maria, city)
    years = settings.GARAGE.retention_years
    assert market.decided_at
    with clock.freeze(market.decided_at + years * YEAR):
        assert list(apply_retention(OPERATOR)) == []
    with clock.freeze(market.decided_at + years * YEAR + timedelta(seconds=1)):
        assert [each.outcome for each in apply_retention(OPERATOR, dry_run=True)] == [Outcome.KEEP]
        assert get_market(OPERATOR, market.key).legal_name == LEGAL
        assert [each.outcome for each in apply_retention(OPERATOR)] == [Outcome.KEEP]
    assert get_market(OPERATOR, market.key).legal_name is None


def test_drafts_are_kept_for_two_seasons(maria: Actor, city: City) -> None:
    draft = make(factories.draft, maria, city)
    touched = make(factories.draft, maria, city)
    with clock.freeze(clock.now() + timedelta(days=5)):
        revise_market(maria, touched.key, expected_version=1, details={"phone": None})
    with clock.freeze(draft.updated_at + DRAFT_RETENTION + timedelta(seconds=1)):
        assert [each.reference for each in apply_retention(OPERATOR)] == [draft.reference]
    assert [market.reference for market in page_of_markets(maria).items] == [touched.reference]
    assert photos_of(draft) == []
    assert photos_of(touched) != []


def test_what_was_withdrawn_before_it_was_handed_in_is_found_as_well(
    maria: Actor, city: City
) -> None:
    draft = make(factories.draft, maria, city)
    withdraw_market(maria, draft.key, expected_version=1)
    with clock.freeze(clock.now() + 2 * YEAR):
        assert list(apply_retention(OPERATOR)) == []
    with clock.freeze(clock.now() + 11 * YEAR):
        assert [each.outcome for each in apply_retention(OPERATOR)] == [Outcome.KEEP]


@pytest.fixture(autouse=True)
def _no_other_season(city: City) -> Iterator[None]:
    """Let the commands, which walk all cities, find this test's city alone."""
    save_city(OPERATOR, city)
    known = register()
    known.clear()
    known[city.slug] = city
    yield
    register.forget()


# The commands


def run(*arguments: str) -> tuple[str, str]:
    """Return what a command wrote and why it failed, if it did."""
    out, failure = io.StringIO(), ""
    try:
        call_command(*arguments, stdout=out)
    except CommandError as fault:
        failure = str(fault)
    return out.getvalue(), failure


def test_erase_needs_no_power_over_people_for_the_data(maria: Actor, city: City) -> None:
    """The site's own key may not look into the pool, and the command says so by its exit code."""
    market = make(factories.rejected, maria, city)
    out, failure = run("erase", "--user", maria.id, "--dry-run")
    assert market.reference in out
    assert get_market(OPERATOR, market.key).legal_name == LEGAL
    out, failure = run("erase", "--user", maria.id, "--json")
    told = json.loads(out)
    assert [each["reference"] for each in told["applications"]] == [market.reference]
    assert told["signIn"] == "not deleted"
    assert "may not read or change users" in failure
    out, _ = run("erase", "--user", maria.id, "--json")
    assert json.loads(out)["applications"] == []


def test_erase_takes_a_sub_and_nothing_like_a_filter() -> None:
    assert "named by the sub" in run("erase", "--user", '" or "1')[1]


def test_apply_retention_says_what_it_did(maria: Actor, city: City) -> None:
    market = make(factories.rejected, maria, city)
    with clock.freeze(clock.now() + 11 * YEAR):
        assert "1 would be erased" in run("apply_retention", "--dry-run")[0]
        line = json.loads(run("apply_retention", "--json")[0])
        assert (line["reference"], line["outcome"], line["done"]) == (
            market.reference,
            "keep",
            True,
        )
        assert "0 erased" in run("apply_retention")[0]


def test_exports_and_uploads_of_others_stay(maria: Actor, city: City) -> None:
    other = factories.merchant()
    make_data_export(other, signed_in_as={})
    erase(maria)
    assert find_data_export(other)
    assert storages["exports"].exists(f"{other.id}/my-garage-data.zip")


def test_an_erased_place_has_left_the_programme(maria: Actor, city: City, visitor: Client) -> None:
    kept = factories.approved(factories.merchant(), city, name="Gingerbread")
    make(factories.approved, maria, city)
    with clock.freeze(clock.now() + timedelta(days=61)):
        erase(maria)
        page = visitor.get(f"/cities/{city.slug}/")
    assert page.status_code == 200
    assert str(kept.name) in page.text
    assert "(name erased)" not in page.text
