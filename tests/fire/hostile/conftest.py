"""Chromium and the site at its address, as in tests/browser."""

from tests.browser.conftest import browse, browser, pytest_runtest_makereport, site

__all__ = ["browse", "browser", "pytest_runtest_makereport", "site"]
