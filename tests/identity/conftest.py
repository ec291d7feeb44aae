from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest
from pytest_django import Settings

from core.dynamodb import connection
from identity import cognito


@pytest.fixture(autouse=True)
def _test_urls(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.identity.urls"
    settings.STORAGES = {
        **settings.STORAGES,
        # No folder of hashed files to collect first.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def _with_facebook(settings: Settings) -> None:
    """Set that the pool offers Facebook."""
    settings.GARAGE = replace(settings.GARAGE, facebook=True)


@pytest.fixture
def calls() -> Generator[list[str]]:
    """The AWS calls since the list was last cleared; `consistent` marks consistent reads."""
    made: list[str] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        made.append(f"consistent {model.name}" if params.get("ConsistentRead") else model.name)

    clients = (connection().client, cognito.client())
    for client in clients:
        client.meta.events.register("before-parameter-build", note)
    yield made
    for client in clients:
        client.meta.events.unregister("before-parameter-build", note)
