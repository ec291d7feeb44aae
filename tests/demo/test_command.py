"""The demo's applications, which are made once and not again."""

from decimal import Decimal
from secrets import token_hex
from uuid import uuid4

import pytest

from core.actors import Actor
from demo.management.commands.demo import apply_with
from demo.season import Stand
from markets.accounts.transfer import create_code, redeem_code
from markets.cities.models import City
from markets.models import Category, Status
from markets.privacy.erasure import erase_person
from markets.queries import page_of_markets

WHO = "andrei@example.com"


@pytest.fixture(name="stand")
def stand_fixture(city: City) -> Stand:
    return Stand(
        city=city.slug,
        merchant=WHO,
        name=f"Spoons {token_hex(4)}",
        category=Category.CRAFTS,
        price=Decimal(12),
        goods="Spoons",
        status=Status.SUBMITTED,
        days_ago=1,
        photos=1,
    )


def test_an_application_is_made_once(stand: Stand) -> None:
    andrei = Actor.merchant(str(uuid4()))
    assert apply_with(stand, {WHO: andrei.id})
    assert not apply_with(stand, {WHO: andrei.id})
    (made,) = page_of_markets(andrei).items
    assert (made.name, made.status, made.version) == (stand.name, Status.SUBMITTED, 2)


def test_whoever_was_erased_and_is_somebody_new_gets_nothing_back(stand: Stand) -> None:
    before, after = Actor.merchant(str(uuid4())), Actor.merchant(str(uuid4()))
    assert apply_with(stand, {WHO: before.id})
    assert list(erase_person(before, before.id))
    assert not apply_with(stand, {WHO: after.id})
    assert not page_of_markets(after).items


def test_what_was_moved_to_another_account_stays_there(stand: Stand) -> None:
    andrei, facebook = Actor.merchant(str(uuid4())), Actor.merchant(str(uuid4()))
    assert apply_with(stand, {WHO: andrei.id})
    redeem_code(facebook, code=create_code(andrei))
    assert not apply_with(stand, {WHO: andrei.id})
    assert not page_of_markets(andrei).items
    (moved,) = page_of_markets(facebook).items
    assert moved.name == stand.name
