"""An account beside the session's own, for tests that change what is in it."""

from collections.abc import Iterator

import pytest

from cloud.account import Account
from cloud.emulator.emulator import run_emulator


@pytest.fixture(scope="package")
def other_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with run_emulator(tmp_path_factory.mktemp("aws"), volatile=True) as running:
        yield running.account
