"""Fixtures of the tests of the merchant's pages."""

import pytest
from django.test import Client

from markets.cities.models import City
from markets.models import Market
from tests.markets.applications.pages import begin


@pytest.fixture(name="draft")
def draft_fixture(merchant: Client, city: City) -> Market:
    return begin(merchant, city)
