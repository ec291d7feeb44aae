"""Fixtures for tests of pages: a city, and the clients of visitor, merchants and officer."""

import gc
import os
from collections.abc import Generator

import hypothesis
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from core.actors import Actor
from core.calls import reset_breakers
from core.environment import ROOT
from identity import cognito
from identity.officers import roles
from markets.cities.models import City
from tests import factories
from tests.account import WORKER, SessionAccount, account
from tests.clients import sign_in

SCREENSHOTS = ROOT / "test-results"

# No deadline in any profile: a test must not fail because the machine is busy.
hypothesis.settings.register_profile("dev", deadline=None, max_examples=100)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=5_000)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev")
)


def pytest_sessionstart() -> None:
    """Delete the screenshots of the run before, once and not in each worker."""
    if WORKER is None:
        for old in SCREENSHOTS.glob("*.png"):
            old.unlink()


def pytest_collection_finish() -> None:
    """Spare the garbage collector all that stays: modules, and what the libraries read of AWS."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _own_static_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the hashed files out of the checkout's folder, which every process would write to."""
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture(autouse=True)
def _closed_circuits() -> None:
    """Let no test suffer from the services that another one has silenced."""
    reset_breakers()


@pytest.fixture(scope="session")
def _static_files(account: SessionAccount) -> None:
    """Publish style sheet and scripts, as an operator does; pages name them by their hashes."""
    key = account.operator.key
    assert key
    with pytest.MonkeyPatch.context() as patch:
        for name, value in key.variables.items():
            patch.setenv(name, value)
        call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture
def _operator_credentials(account: SessionAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Call Cognito with the operator's key, as `manage.py officer` does."""
    monkeypatch.setattr(cognito, "client", lambda: account.operator.cognito)
    monkeypatch.setattr(roles, "INDEX_DELAY", 0)


@pytest.fixture(autouse=True)
def _own_cities() -> Generator[None]:
    """Remove the cities that a test registers: nearly every page reads all that there are."""
    factories.registered.clear()
    yield
    for each in factories.registered:
        account().operator.dynamodb.delete_item(
            TableName=City.Meta.table_name, Key={"slug": {"S": each.slug}}
        )


@pytest.fixture(scope="module")
def _empty_tables(account: SessionAccount) -> None:
    account.empty_tables()


@pytest.fixture
def city() -> City:
    return factories.make_city()


@pytest.fixture
def maria() -> Actor:
    """A merchant."""
    return factories.merchant()


@pytest.fixture
def visitor(_static_files: None) -> Client:
    return Client()


@pytest.fixture
def merchant(_static_files: None, maria: Actor) -> Client:
    """Maria's browser."""
    client = Client()
    sign_in(client, sub=maria.id, email="maria@example.com")
    return client


@pytest.fixture
def officer(_static_files: None, city: City) -> Client:
    """The browser of an officer of `city`."""
    client = Client()
    sign_in(client, cities=[city.slug])
    return client


@pytest.fixture
def stranger(_static_files: None) -> Client:
    """The browser of another merchant."""
    client = Client()
    sign_in(client)
    return client
