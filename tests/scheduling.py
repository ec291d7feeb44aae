"""How tests are distributed to workers, as a pytest plugin: `-p tests.scheduling`.

pytest-xdist hands out one test after the other to whichever worker is free. Its
mark for tests that belong together is ignored by pytest 9.2, so their files are
named here.
"""

from pathlib import PurePath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

SAME_WORKER = {
    "test_deployment.py",  # its tests follow one another on one account
    "test_package.py",  # builds the package that the two others use
    "test_entry.py",
    "test_local.py",  # like a deployment, it writes to the checkout's own `.garage/static`
}


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Test by test, the largest group first."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        return "together" if PurePath(file).name in SAME_WORKER else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return Scheduling(config, log)
