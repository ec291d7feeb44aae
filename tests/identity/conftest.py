from collections.abc import Generator
from typing import Any

import pytest
from pytest_django import Settings

from garage.dynamodb import connection
from garage.identity import cognito


@pytest.fixture(autouse=True)
def _map(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.identity.urls"
    settings.STORAGES = {
        **settings.STORAGES,
        # No folder of hashed files to collect first.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def calls() -> Generator[list[str]]:
    """The names of the actions that AWS was asked for since the list was last cleared."""
    made: list[str] = []

    def note(model: Any, **_: Any) -> None:
        made.append(model.name)

    clients = (connection().client, cognito.client())
    for client in clients:
        client.meta.events.register("before-call", note)
    yield made
    for client in clients:
        client.meta.events.unregister("before-call", note)
