"""The sample applications are created once and not again."""

from decimal import Decimal
from secrets import token_hex
from uuid import uuid4

import pytest

from core.actors import Actor
from demo.management.commands.demo import create_application
from demo.sample_applications import SampleApplication
from markets.accounts.transfer import create_code, redeem_code
from markets.cities.models import City
from markets.models import Category, Status
from markets.privacy.erasure import erase_person
from markets.queries import page_of_markets

WHO = "andrei@example.com"


@pytest.fixture(name="application")
def application_fixture(city: City) -> SampleApplication:
    return SampleApplication(
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


def test_application_is_created_once(application: SampleApplication) -> None:
    andrei = Actor.merchant(str(uuid4()))
    assert create_application(application, {WHO: andrei.id})
    assert not create_application(application, {WHO: andrei.id})
    (created,) = page_of_markets(andrei).items
    assert (created.name, created.status, created.version) == (
        application.name,
        Status.SUBMITTED,
        2,
    )


def test_erased_person_gets_no_sample_application_again(
    application: SampleApplication,
) -> None:
    before, after = Actor.merchant(str(uuid4())), Actor.merchant(str(uuid4()))
    assert create_application(application, {WHO: before.id})
    assert list(erase_person(before, before.id))
    assert not create_application(application, {WHO: after.id})
    assert not page_of_markets(after).items


def test_transferred_application_is_not_created_again(application: SampleApplication) -> None:
    andrei, facebook = Actor.merchant(str(uuid4())), Actor.merchant(str(uuid4()))
    assert create_application(application, {WHO: andrei.id})
    redeem_code(facebook, code=create_code(andrei))
    assert not create_application(application, {WHO: andrei.id})
    assert not page_of_markets(andrei).items
    (transferred,) = page_of_markets(facebook).items
    assert transferred.name == application.name
