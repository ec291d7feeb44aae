"""Assigning applications to officers, and bulk actions."""

import re
from html import unescape

import pytest
from django.test import Client

from approvals.bulk import operations as bulk
from approvals.queue.assignments import UNASSIGNED, assign_market
from approvals.queue.selection import BulkAction, SelectedMarket, sign_selection, verify_selection
from core.actors import Actor
from core.errors import InvalidDetails, NotFound, VersionConflict
from identity.officers.operations import colleagues_of
from markets.cities.models import City
from markets.history.queries import history_of
from markets.models import Market, ReasonCode, Status
from markets.operations import withdraw_market
from tests import factories
from tests.clients import sign_in


@pytest.fixture
def officer_actor(city: City) -> Actor:
    return factories.officer(city.slug)


def now(market: Market) -> Market:
    return Market.get(*market.key, consistent_read=True)


def change(market: Market) -> None:
    """Let the market be another version than the officer saw."""
    merchant = Actor.merchant(market.user_id)
    withdraw_market(merchant, market.key, expected_version=int(market.version or 0))


def text_of(page: bytes) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.decode())))


# Assignments


def test_assignment_creates_no_new_version(city: City, officer_actor: Actor) -> None:
    market = factories.submitted(factories.merchant(), city)
    named = Actor.officer(officer_actor.id, officer_actor.cities, "Ioana Marin")
    assign_market(named, city.slug, market.key, expected_version=2, assignee=officer_actor.id)
    saved = now(market)
    assert (saved.version, saved.assignee, saved.assignee_name) == (
        2,
        officer_actor.id,
        "Ioana Marin",
    )
    assign_market(officer_actor, city.slug, market.key, expected_version=2, assignee=UNASSIGNED)
    assert now(market).assignee is None
    assert now(market).assignee_name is None


def test_assignee_must_be_known_officer_of_city(city: City, officer_actor: Actor) -> None:
    market = factories.submitted(factories.merchant(), city)
    radu = sign_in(Client(), cities=[city.slug], name="Radu Pop", email="radu@example.com")
    elsewhere = sign_in(Client(), cities=[factories.make_city().slug], name="Leopold Huber")
    assert [each.label for each in colleagues_of(officer_actor, city.slug)] == [
        "Radu Pop (radu@example.com)"
    ]
    assign_market(officer_actor, city.slug, market.key, expected_version=2, assignee=radu.sub)
    assert now(market).assignee_name == "Radu Pop"
    for sub in (elsewhere.sub, "nobody-known"):
        with pytest.raises(InvalidDetails):
            assign_market(officer_actor, city.slug, market.key, expected_version=2, assignee=sub)
    with pytest.raises(NotFound):
        colleagues_of(factories.officer(), city.slug)


def test_stale_version_is_not_assigned(city: City, officer_actor: Actor) -> None:
    market = factories.submitted(factories.merchant(), city)
    change(market)
    with pytest.raises(VersionConflict):
        assign_market(
            officer_actor, city.slug, market.key, expected_version=2, assignee=officer_actor.id
        )
    with pytest.raises(VersionConflict):  # between the operation's read and its write
        Market.update_unversioned(market.key, {"assignee": officer_actor.id}, version=2)
    assert now(market).assignee is None


def test_only_officers_of_city_assign(city: City) -> None:
    market = factories.submitted(factories.merchant(), city)
    elsewhere = factories.make_city()
    for actor in (Actor.merchant(market.user_id), factories.officer(elsewhere.slug)):
        for slug in (city.slug, elsewhere.slug):
            with pytest.raises(NotFound):
                assign_market(actor, slug, market.key, expected_version=2, assignee=actor.id)


# Bulk actions


def test_bulk_preview_reports_each_application(city: City, officer_actor: Actor) -> None:
    maria = factories.merchant()
    fine, decided = factories.submitted(maria, city), factories.approved(maria, city)
    changed, foreign = (
        factories.submitted(maria, city),
        factories.submitted(maria, factories.make_city()),
    )
    draft = factories.draft(maria, city)
    selection = [SelectedMarket.of(market) for market in (fine, decided, changed, foreign, draft)]
    change(changed)
    outcomes = bulk.preview_bulk(officer_actor, city.slug, selection, BulkAction.REJECT)
    assert [each.succeeded for each in outcomes] == [True, False, False, False, False]
    assert outcomes[1].message == "Not possible: it is “approved”."
    assert "changed since you saw the list" in outcomes[2].message
    for unknown in outcomes[3:]:
        assert (unknown.market, unknown.message) == (None, "There is no such application.")
    assigned = bulk.preview_bulk(officer_actor, city.slug, selection, BulkAction.ASSIGN)
    assert [each.succeeded for each in assigned] == [True, True, False, False, False]
    assert now(fine).status == Status.SUBMITTED


def test_bulk_decision_decides_each_application_separately(
    city: City, officer_actor: Actor
) -> None:
    maria = factories.merchant()
    first, changed, last = (factories.submitted(maria, city) for _ in range(3))
    foreign = factories.submitted(maria, factories.make_city())
    selection = [SelectedMarket.of(market) for market in (first, changed, foreign, last)]
    change(changed)
    results = bulk.reject_all(
        officer_actor, city.slug, selection, reason_code=ReasonCode.NO_SPACE, text="All is let."
    )
    assert [each.succeeded for each in results] == [True, False, False, True]
    assert results[1].message == "It changed meanwhile."
    assert results[1].market is not None
    assert results[2].market is None
    assert now(first).decision_text == now(last).decision_text == "All is let."
    assert now(changed).status == Status.WITHDRAWN
    assert now(foreign).status == Status.SUBMITTED
    again = bulk.approve_all(officer_actor, city.slug, selection)
    assert not any(each.succeeded for each in again)
    # The same officer, the same decision: it was sent twice.
    twice = bulk.reject_all(
        officer_actor, city.slug, selection, reason_code=ReasonCode.NO_SPACE, text="All is let."
    )
    assert [each.succeeded for each in twice] == [True, False, False, True]
    assert twice[0].message == "Rejected"
    assert [entry.version for entry in history_of(first)] == [2, 3]
    colleague = factories.officer(city.slug)
    other = bulk.reject_all(
        colleague, city.slug, selection, reason_code=ReasonCode.NO_SPACE, text="All is let."
    )
    assert not any(each.succeeded for each in other)
    assert now(first).version == now(last).version == 3
    with pytest.raises(NotFound):
        bulk.approve_all(factories.officer(), city.slug, selection)


def test_selection_is_valid_for_one_officer_and_city(city: City, officer_actor: Actor) -> None:
    selection = [SelectedMarket.of(factories.submitted(factories.merchant(), city))]
    signed = sign_selection(officer_actor, city.slug, BulkAction.APPROVE, selection)
    assert verify_selection(officer_actor, city.slug, signed) == (BulkAction.APPROVE, selection)
    for actor, slug, token in (
        (factories.officer(city.slug), city.slug, signed),
        (officer_actor, "elsewhere", signed),
        (officer_actor, city.slug, signed[:-1]),
        (officer_actor, city.slug, ""),
    ):
        with pytest.raises(NotFound):
            verify_selection(actor, slug, token)


@pytest.mark.parametrize("token", ["", "x", "a/b/1", "//", "x/y/z", f"{'0' * 36}/1/2"])
def test_malformed_selection_token_is_ignored(token: str) -> None:
    assert SelectedMarket.parse(token) is None


# The pages


def selection_in(page: bytes) -> str:
    found = re.search(r'name="selection" value="([^"]+)"', page.decode())
    assert found
    return unescape(found[1])


def test_bulk_approval_by_page(officer: Client, city: City) -> None:
    maria = factories.merchant()
    markets = [factories.submitted(maria, city, category="sweets") for _ in range(3)]
    other = factories.submitted(maria, city, category="crafts")
    path, view = f"/city-hall/{city.slug}/bulk/", "?category=sweets"
    preview = officer.post(path + view, {"scope": "list", "action": "approve"})
    page = text_of(preview.content)
    assert "Approve: 3 of 3 applications" in page
    assert other.reference not in page
    assert {now(market).status for market in markets} == {Status.SUBMITTED}

    change(markets[1])
    sent = {"selection": selection_in(preview.content)}
    results = text_of(officer.post(f"{path}confirm/{view}", sent).content)
    assert "2 of 3 applications done" in results
    assert "Not changed: It changed meanwhile" in results
    assert [now(market).status for market in markets] == ["approved", "withdrawn", "approved"]
    assert now(other).status == Status.SUBMITTED
    # Sent again, for example by a reload, it does nothing and shows the same.
    again = text_of(officer.post(f"{path}confirm/", sent).content)
    assert "2 of 3 applications done" in again
    assert again.count("Approved") == results.count("Approved")
    assert {now(market).version for market in markets} == {3}
    # The counts include it at once.
    assert "Approved 2" in text_of(officer.get(f"/city-hall/{city.slug}/").content)


def test_bulk_action_on_selected_or_all_shown(officer: Client, city: City) -> None:
    maria = factories.merchant()
    tokens = [str(SelectedMarket.of(factories.submitted(maria, city))) for _ in range(3)]
    path = f"/city-hall/{city.slug}/bulk/"
    sent = {"shown": tokens, "selected": tokens[:1], "action": "assign"}
    some = officer.post(path, sent | {"scope": "selected"})
    assert "Assign: 1 of 1 application" in text_of(some.content)
    every = officer.post(path, sent | {"scope": "page"})
    assert "Assign: 3 of 3 applications" in text_of(every.content)


def test_empty_selection_is_an_error(officer: Client, city: City) -> None:
    factories.submitted(factories.merchant(), city, category="sweets")
    path = f"/city-hall/{city.slug}/bulk/?category=sweets"
    for sent in ({"scope": "selected", "action": "reject"}, {}, {"selected": "x"}):
        answer = officer.post(path, sent)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert 'aria-describedby="bulk-error"' in page
        assert "Nothing is selected." in text_of(answer.content)
        assert '<option value="sweets" selected>' in page
    assert (
        '<option value="reject" selected>'
        in officer.post(path, {"scope": "selected", "action": "reject"}).content.decode()
    )


def test_bulk_rejection_needs_reason_and_text(officer: Client, city: City) -> None:
    market = factories.submitted(factories.merchant(), city)
    path = f"/city-hall/{city.slug}/bulk/"
    preview = officer.post(path, {"scope": "list", "action": "reject"})
    sent = {"selection": selection_in(preview.content), "reason_code": "no_space", "text": ""}
    answer = officer.post(f"{path}confirm/", sent)
    assert answer.status_code == 422
    assert "Write the text to the merchants." in text_of(answer.content)
    again = sent | {"selection": selection_in(answer.content), "text": "All is let."}
    assert "1 of 1 application done" in text_of(officer.post(f"{path}confirm/", again).content)
    assert now(market).reason_code == "no_space"


def test_confirmation_without_valid_selection_changes_nothing(officer: Client, city: City) -> None:
    answer = officer.post(
        f"/city-hall/{city.slug}/bulk/confirm/?status=approved", {"selection": "x"}
    )
    assert answer.headers["Location"] == f"/city-hall/{city.slug}/?status=approved"
    assert "not valid any more" in officer.get(answer.headers["Location"]).content.decode()
