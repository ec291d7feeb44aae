"""The site as gunicorn serves it, for the tests of a module."""

from collections.abc import Callable, Generator
from contextlib import ExitStack

import pytest

from tests.fire.server import running_site

RunSite = Callable[..., str]
"""Serve the site with gunicorn's arguments and variables of the environment; its address."""


@pytest.fixture(scope="module")
def run_site(_static_files: None, tmp_path_factory: pytest.TempPathFactory) -> Generator[RunSite]:
    """Serve the site like `running_site` until the tests of the module are done."""
    with ExitStack() as sites:

        def run(*arguments: str, **variables: str) -> str:
            log = tmp_path_factory.mktemp("site") / "site.log"
            return sites.enter_context(running_site(log, *arguments, **variables))

        yield run
