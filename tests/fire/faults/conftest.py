"""Fixtures of the faults: the site's calls go through a proxy."""

from collections.abc import Generator
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import override_settings

from tests.account import SessionAccount
from tests.fire.endpoint import forget_clients
from tests.fire.faults.proxy import Proxy


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
