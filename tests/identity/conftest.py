import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _map(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.identity.urls"
