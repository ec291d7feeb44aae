"""When a city accepts applications, how many, and which fields they need."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from core import clock
from core.errors import (
    AlreadyExists,
    InvalidDetails,
    NotFound,
)
from markets import operations
from markets.models import Status
from markets.operations import (
    CallNotOpen,
    TooManyOpen,
    create_draft,
    delete_draft,
    revise_market,
    submit_market,
    withdraw_market,
)
from markets.queries import get_market, page_of_markets
from tests import factories


def test_unregistered_city_accepts_no_applications() -> None:
    with pytest.raises(NotFound):
        create_draft(
            factories.merchant(),
            market_id=str(uuid4()),
            city_slug="atlantis",
            details=factories.details("any"),
        )


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-08-31T21:59:59+00:00", False),  # 31 August, 23:59:59 in Vienna
        ("2026-08-31T22:00:00+00:00", True),  # 1 September there
        ("2026-10-31T22:59:59+00:00", True),  # 31 October, 23:59:59 there, in winter time
        ("2026-10-31T23:00:00+00:00", False),
    ],
)
def test_call_opens_and_closes_in_city_time(moment: str, open_: bool) -> None:  # noqa: FBT001
    city = factories.make_city(opens="2026-09-01", closes="2026-10-31", decide_by="2026-11-30")
    with clock.freeze(datetime.fromisoformat(moment)):
        if open_:
            assert factories.submitted(factories.merchant(), city).status == Status.SUBMITTED
        else:
            with pytest.raises(CallNotOpen, match=city.name):
                factories.draft(factories.merchant(), city)


def test_draft_can_be_edited_but_not_submitted_after_call() -> None:
    actor = factories.merchant()
    city = factories.make_city(opens="2026-09-01", closes="2026-10-31", decide_by="2026-11-30")
    with clock.freeze(datetime(2026, 10, 30, tzinfo=UTC)):
        market = factories.draft(actor, city)
    with clock.freeze(datetime(2026, 11, 2, tzinfo=UTC)):
        revise_market(actor, market.key, expected_version=1, details={"name": "Another name"})
        with pytest.raises(CallNotOpen):
            submit_market(actor, market.key, expected_version=2)
    assert get_market(actor, market.key).status == Status.DRAFT


@pytest.mark.parametrize(
    "missing",
    [
        "name",
        "description",
        "average_price",
        "category",
        "legal_name",
        "contact_email",
        "language",
        "photos",
    ],
)
def test_incomplete_draft_cannot_be_submitted(missing: str) -> None:
    actor = factories.merchant()
    lacking: dict[str, Any] = {missing: () if missing == "photos" else None}
    market = factories.draft(actor, factories.make_city(), **lacking)
    with pytest.raises(InvalidDetails) as refusal:
        submit_market(actor, market.key, expected_version=1)
    assert list(refusal.value.messages) == [missing]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 81),
        ("description", "x" * 4_001),
        ("average_price", Decimal("-0.01")),
        ("average_price", Decimal("10000.01")),
        ("average_price", Decimal("1.005")),
        ("category", "fireworks"),
        ("language", "tlh"),
        ("contact_email", "not-an-address"),
        ("power_kw", Decimal(101)),
        ("photos", tuple(factories.photo("another-market") for _ in range(1))),
    ],
)
def test_value_beyond_limits_is_refused_in_draft(field: str, value: object) -> None:
    with pytest.raises(InvalidDetails) as refusal:
        factories.draft(factories.merchant(), factories.make_city(), **{field: value})
    assert list(refusal.value.messages) == [field]


def test_at_most_eight_photos_each_with_description() -> None:
    actor, city, market_id = factories.merchant(), factories.make_city(), str(uuid4())
    nine = tuple(factories.photo(market_id) for _ in range(9))
    with pytest.raises(InvalidDetails, match="more than 8"):
        create_draft(
            actor,
            market_id=market_id,
            city_slug=city.slug,
            details=factories.details(market_id, photos=nine),
        )
    undescribed = (factories.photo(market_id, alt_text=""),)
    create_draft(
        actor,
        market_id=market_id,
        city_slug=city.slug,
        details=factories.details(market_id, photos=undescribed),
    )
    with pytest.raises(InvalidDetails, match="no description"):
        submit_market(actor, page_of_markets(actor).items[0].key, expected_version=1)


def test_application_above_open_limit_is_refused() -> None:
    actor, city = factories.merchant(), factories.make_city()
    open_ones = [factories.draft(actor, city) for _ in range(operations.MAX_OPEN)]
    factories.draft(factories.merchant(), city)  # another's do not count
    with pytest.raises(TooManyOpen, match="20 open applications"):
        factories.draft(actor, city)
    repeated = factories.details(open_ones[-1].market_id)
    with pytest.raises(AlreadyExists):
        create_draft(
            actor, market_id=open_ones[-1].market_id, city_slug=city.slug, details=repeated
        )
    delete_draft(actor, open_ones[0].key, expected_version=1)
    withdraw_market(actor, open_ones[1].key, expected_version=1)
    factories.draft(actor, city)
    factories.draft(actor, city)
    with pytest.raises(TooManyOpen):
        factories.draft(actor, city)
