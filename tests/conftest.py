"""Fixtures that pages are tested with: clients, each signed in as somebody."""

import os
import subprocess
import sys

import pytest
from django.test import Client

from core.actors import Actor
from core.environment import ROOT
from markets.cities.models import City
from tests import factories
from tests.account import SessionAccount
from tests.clients import sign_in


@pytest.fixture(scope="session")
def _static_files(account: SessionAccount) -> None:
    """Publish style sheet and scripts, as an operator does; pages name them by their hashes."""
    key = account.operator.key
    assert key
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
        cwd=ROOT,
        env=os.environ | key.variables,
        check=True,
    )


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
