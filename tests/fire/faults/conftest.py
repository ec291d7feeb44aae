"""Fixtures of the faults: the site's calls go through a proxy."""

from collections.abc import Generator
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import override_settings

from core.dynamodb import Table, connection
from identity import cognito, tokens
from tests.account import SessionAccount
from tests.fire.faults.proxy import Proxy


def models(of: type[Table] = Table) -> Generator[type[Table]]:
    for model in of.__subclasses__():
        yield model
        yield from models(model)


def forget_clients() -> None:
    """Let the process make its clients of AWS anew."""
    connection.cache_clear()
    cognito.client.cache_clear()
    tokens.keys.forget()
    for model in models():
        model._connection = None  # noqa: SLF001


@pytest.fixture(scope="package")
def proxy(account: SessionAccount) -> Generator[Proxy]:
    """A proxy through which this process reaches AWS, its storages and keys included."""
    endpoint = account.operator.endpoint
    assert endpoint
    made = Proxy(endpoint)
    garage = replace(settings.GARAGE, jwks_url=settings.GARAGE.jwks_url.replace(endpoint, made.url))
    assert garage.jwks_url != settings.GARAGE.jwks_url
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", made.url)
        forget_clients()
        # Django makes new storages when this setting changes.
        with override_settings(STORAGES=settings.STORAGES, GARAGE=garage):
            yield made
    forget_clients()
    with override_settings(STORAGES=settings.STORAGES):
        pass
    made.close()
