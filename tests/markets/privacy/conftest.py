"""Fixtures of the tests of erasure and retention."""

from collections.abc import Iterator

import pytest

from markets.cities.models import City
from markets.cities.operations import save_city
from markets.cities.queries import register
from tests.factories import OPERATOR


@pytest.fixture(autouse=True)
def _only_this_city(city: City) -> Iterator[None]:
    """Let operations that visit all cities find only the city of the test."""
    save_city(OPERATOR, city)
    known = register()
    known.clear()
    known[city.slug] = city
    yield
    register.forget()
