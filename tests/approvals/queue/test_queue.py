"""The queue: its filters, what a page costs, the position of an application in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from approvals.queue import counts
from approvals.queue import queries as queues
from approvals.queue.assignments import assign_market
from approvals.queue.counts import counts_of_queue
from approvals.queue.filters import Assignee, QueueFilter
from approvals.queue.queries import (
    Waiting,
    next_in_queue,
    other_applications,
    page_of_queue,
    queue_position,
)
from approvals.review.operations import approve_market
from core import clock
from core.actors import Actor
from core.dynamodb import connection
from core.errors import NotFound
from markets.cities.models import City
from markets.models import Category, Market, Status
from markets.operations import withdraw_market
from tests import factories
from tests.clients import sign_in

NOW = clock.now()


def read(query: str) -> QueueFilter:
    return QueueFilter.of(QueryDict(query).dict())


def waiting(city: City, *days: float, **values: Any) -> list[Market]:
    """Submit a market for each number of days that one has waited."""
    made = []
    for each in days:
        with clock.freeze(NOW - timedelta(days=each)):
            made.append(factories.submitted(factories.merchant(), city, **values))
    return made


@pytest.fixture
def city() -> City:
    """A city whose call opened 100 days ago."""
    return factories.make_city(opens=(NOW.date() - timedelta(days=100)).isoformat())


@pytest.fixture
def officer_actor(city: City) -> Actor:
    return factories.officer(city.slug)


@contextmanager
def calls() -> Iterator[list[str]]:
    """Record the calls of DynamoDB inside the block."""
    made: list[str] = []

    def note(model: Any, **_: Any) -> None:
        made.append(model.name)

    events = connection().client.meta.events
    events.register("before-parameter-build", note)
    yield made
    events.unregister("before-parameter-build", note)


def references(markets: Any) -> list[str]:
    return [market.reference for market in markets]


@pytest.mark.parametrize(
    ("query", "view"),
    [
        ("", QueueFilter()),
        ("status=approved", QueueFilter(status=Status.APPROVED)),
        ("status=all", QueueFilter(status=None)),
        ("category=crafts", QueueFilter(category=Category.CRAFTS)),
        ("waiting=0", QueueFilter(longer_than=0)),
        ("waiting=14&assignee=mine", QueueFilter(longer_than=14, assignee=Assignee.MINE)),
        ("search=brasov", QueueFilter(search="brasov")),
    ],
)
def test_query_string_is_parsed_to_filter(query: str, view: QueueFilter) -> None:
    assert read(query) == view
    assert read(view.suffix.removeprefix("?")) == view
    assert view.suffix == (f"?{query}" if query else "")


@pytest.mark.parametrize(
    "query",
    [
        "status=draft",
        "status=nonsense",
        "status=submitted",
        "category=x&assignee=x",
        "waiting=-1",
        "waiting=366",
        "waiting=99999999999999999999",
        "waiting=%C2%B2",
        "waiting=x",
        "search=+++",
        "search=%00",
        "next=https://example.com/&cursor=x",
    ],
)
def test_invalid_parameters_are_ignored(query: str) -> None:
    assert read(query) == QueueFilter()


def test_search_ignores_case_and_diacritics(city: City, officer_actor: Actor) -> None:
    market, _ = (
        factories.submitted(factories.merchant(), city, name=name)
        for name in ("Brânză  și Cașcaval", "Turtă dulce")
    )
    for text in ("branza si", "CASCAVAL", "ânză", market.reference.lower(), market.reference[4:]):
        found = page_of_queue(
            officer_actor, city.slug, QueueFilter(search=read(f"search={text}").search)
        )
        assert market.reference in references(found.items)
        assert len(found.items) == 1


def test_each_filter_excludes_other_applications(city: City, officer_actor: Actor) -> None:
    old, fresh = waiting(city, 20, 3, category="sweets")
    (craft,) = waiting(city, 15, category="crafts")
    assign_market(officer_actor, city.slug, old.key, expected_version=2, assignee=officer_actor.id)
    decided = factories.approved(factories.merchant(), city, category="sweets")

    def found(query: str) -> list[str]:
        return references(page_of_queue(officer_actor, city.slug, read(query)).items)

    assert found("") == references([old, craft, fresh])
    assert found("category=sweets") == references([old, fresh])
    assert found("waiting=14") == references([old, craft])
    assert found("waiting=15&category=crafts") == references([craft])
    assert found("waiting=16&category=crafts") == []
    assert found("assignee=mine") == references([old])
    assert found("assignee=none") == references([craft, fresh])
    assert found("status=approved") == references([decided])
    assert found("status=all&category=sweets") == references([decided, old, fresh])
    assert found("status=all&waiting=14") == references([old, craft])
    assert page_of_queue(factories.officer(city.slug), city.slug, read("assignee=mine")).items == ()


def test_filtered_pages_are_full_and_without_gaps(
    city: City, officer_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for turn in range(12):
        waiting(city, 30 - turn, category="crafts" if turn % 2 else "sweets")
    monkeypatch.setattr(queues, "ROWS_PER_CALL", 5)  # so that a page takes several calls
    view = QueueFilter(category=Category.CRAFTS)
    whole = references(page_of_queue(officer_actor, city.slug, view).items)
    pages, cursor = [], None
    while True:
        page = page_of_queue(officer_actor, city.slug, view, cursor=cursor, size=2)
        pages.append(references(page.items))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [len(page) for page in pages] == [2, 2, 2]
    assert [reference for page in pages for reference in page] == whole
    first = page_of_queue(officer_actor, city.slug, view, size=2)
    for other in (QueueFilter(), QueueFilter(category=Category.SWEETS)):
        with pytest.raises(NotFound):
            page_of_queue(officer_actor, city.slug, other, cursor=first.next_cursor)


@pytest.mark.usefixtures("_static_files")
def test_queue_page_makes_one_query(maria: Actor) -> None:
    """The process caches the rest for a minute: cities and counts."""
    city = factories.make_city()
    client, path = Client(), f"/city-hall/{city.slug}/"
    sign_in(client, cities=[city.slug])
    factories.submitted(maria, city)
    client.get(path)
    for query in ("", "?category=crafts&waiting=3", "?search=lime"):
        with calls() as made:
            assert client.get(path + query).status_code == 200
        assert made == ["Query"]


def test_counts_are_cached_for_one_minute(city: City, officer_actor: Actor) -> None:
    cache = counts._counts._cache  # noqa: SLF001
    market = factories.submitted(factories.merchant(), city)
    factories.draft(factories.merchant(), city)
    assert counts_of_queue(officer_actor, city.slug)[Status.SUBMITTED] == 1
    approve_market(officer_actor, city.slug, market.key, expected_version=2)
    with calls() as made:
        assert counts_of_queue(officer_actor, city.slug)[Status.SUBMITTED] == 1
    assert made == []
    cache.expire(cache.timer() + 60)
    by_status = counts_of_queue(officer_actor, city.slug)
    assert (by_status[Status.SUBMITTED], by_status[Status.APPROVED]) == (0, 1)
    with pytest.raises(NotFound):
        counts_of_queue(factories.officer(), city.slug)


def test_queue_position_makes_one_query(city: City, officer_actor: Actor) -> None:
    first, second, third = waiting(city, 9, 8, 7)
    waiting(city, 8.5, category="sweets")
    view = QueueFilter(category=Category.CRAFTS)
    with calls() as made:
        position = queue_position(officer_actor, view, second)
    assert made == ["Query"]
    assert (position.number, position.total, position.more) == (2, 3, False)
    assert (position.previous, position.next) == (first.key, third.key)
    assert queue_position(officer_actor, view, first).previous is None
    assert queue_position(officer_actor, view, third).next is None
    assert queue_position(officer_actor, QueueFilter(), second).number == 3

    decided = approve_market(officer_actor, city.slug, second.key, expected_version=2)
    position = queue_position(officer_actor, view, decided)
    assert (position.number, position.total) == (None, 2)
    assert (position.previous, position.next) == (first.key, third.key)
    assert next_in_queue(officer_actor, view, decided) == third.key
    assert next_in_queue(officer_actor, view, third) is None
    # Decided long ago, and outside what the view's days take in.
    assert next_in_queue(officer_actor, QueueFilter(longer_than=30), decided) is None


def test_neighbours_are_found_beyond_count_limit(
    city: City, officer_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = waiting(city, 9, 8, 7, 6, 5)
    monkeypatch.setattr(queues, "MAX_COUNTED", 3)
    within = queue_position(officer_actor, QueueFilter(), made[1])
    assert (within.number, within.total, within.more) == (2, 3, True)
    beyond = queue_position(officer_actor, QueueFilter(), made[3])
    assert (beyond.number, beyond.total, beyond.more) == (None, 3, True)
    assert (beyond.previous, beyond.next) == (made[2].key, made[4].key)
    last_counted = queue_position(officer_actor, QueueFilter(), made[2])
    assert last_counted.number == 3
    assert (last_counted.previous, last_counted.next) == (made[1].key, made[3].key)


def test_decision_target_ends_at_midnight_in_city(city: City) -> None:
    # Submitted in the evening in Vienna: the day there counts, until its midnight.
    submitted = clock.now().replace(year=2026, month=11, day=2, hour=22, minute=59)
    market = Market(status="submitted", submitted_at=submitted)
    city.decision_days = 14
    with clock.freeze(submitted + timedelta(days=14)):
        due = Waiting.of(market, city)
    assert due is not None
    assert (due.days, due.due.isoformat(), due.overdue) == (14, "2026-11-16", False)
    with clock.freeze(submitted + timedelta(days=14, minutes=1)):
        late = Waiting.of(market, city)
    assert late is not None
    assert late.overdue
    market.status = "approved"
    assert Waiting.of(market, city) is None


def test_other_applications_are_of_same_merchant_and_city(
    city: City, officer_actor: Actor, maria: Actor
) -> None:
    market, other = factories.submitted(maria, city), factories.approved(maria, city)
    gone = factories.submitted(maria, city)
    withdraw_market(maria, gone.key, expected_version=2)
    factories.draft(maria, city)
    factories.submitted(maria, factories.make_city())
    factories.submitted(factories.merchant(), city)
    found = {each.reference: each.status for each in other_applications(officer_actor, market)}
    assert found == {other.reference: "approved", gone.reference: "withdrawn"}
    with pytest.raises(NotFound):
        other_applications(factories.officer("elsewhere"), market)


def test_queue_queries_check_permission(city: City) -> None:
    market = factories.submitted(factories.merchant(), city)
    for actor in (factories.officer(), Actor.visitor(), factories.OPERATOR):
        for ask in (queue_position, next_in_queue):
            with pytest.raises(NotFound):
                ask(actor, QueueFilter(), market)
        with pytest.raises(NotFound):
            page_of_queue(actor, city.slug, QueueFilter())
