import pytest

from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from tests import factories


@pytest.fixture
def draft(maria: Actor, city: City) -> Market:
    """A draft without photos."""
    return factories.draft(maria, city, photos=())
