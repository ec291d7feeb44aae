import pytest

from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from tests import factories


@pytest.fixture(name="market")
def market_fixture(maria: Actor, city: City) -> Market:
    """An application of Maria's that waits for a decision."""
    return factories.submitted(maria, city)
