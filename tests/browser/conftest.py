"""Chromium, and the site at the address to which the hosted pages return.

The site runs in a thread of this process, so that it sees at once what a test
creates; its style sheet and script come from the bucket, as in production.
"""

import os
import re
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import Client
from django.test.testcases import QuietWSGIRequestHandler
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from garage.wsgi import application
from tests.browser.inspection import inspect
from tests.browser.install import chromium
from tests.conftest import SCREENSHOTS

__all__ = ["inspect"]  # a fixture for all modules

DISABLED_FEATURES = (
    # What Playwright itself turns off: Chromium reads only the last such flag.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    # The suggestions below the address bar are two pages of their own in every
    # window, with a process each: half of what a new context costs.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # A process in reserve for each context, which seldom opens a second site.
    "SpareRendererForSitePerProcess",
)
FLAGS = (
    f"--disable-features={','.join(DISABLED_FEATURES)}",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-gpu-compositing",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # No other host has an address. Requests that Playwright intercepts would cost more, and
    # the browser would keep no style sheet or script from one page to the next.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
LOCAL_HOSTS = {"localhost", "127.0.0.1"}
TIMEOUT = 30_000  # milliseconds
THREADS = 64  # more than browsers keep connections

failed = pytest.StashKey[bool]()

Browse = Callable[..., Page]
"""Open a page in a browser of its own: of `client`'s person, `width` pixels wide."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[failed] = item.stash.get(failed, False) or report.failed
    return report


class Server(ThreadedWSGIServer):
    """Answers in threads that stay, as gunicorn does: each has a client of S3 of its own."""

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, QuietWSGIRequestHandler)
        self.threads = ThreadPoolExecutor(THREADS)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.threads.submit(self.process_request_thread, request, client_address)


@pytest.fixture(scope="package")
def site(_static_files: None) -> Generator[str]:
    """Run the site; its address, without a slash at the end."""
    url: str = settings.GARAGE.site_url
    address = urlsplit(url)
    server = Server((str(address.hostname), int(address.port or 0)))
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()
    server.threads.shutdown(wait=False)


def launch(playwright: Playwright) -> Browser:
    """Start the installed Chromium; what a page should show has TIMEOUT to appear."""
    expect.set_options(timeout=TIMEOUT)
    program = chromium()
    if program is None:
        pytest.fail("There is no Chromium to test with: python -m tests.browser.install")
    # Root may not use Chromium's sandbox.
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    return playwright.chromium.launch(executable_path=program, args=[*FLAGS, *sandbox])


@pytest.fixture(scope="package")
def browser() -> Generator[Browser]:
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture
def browse(browser: Browser, site: str, request: pytest.FixtureRequest) -> Generator[Browse]:
    """Open pages; script errors, CSP violations and external requests fail the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(
        client: Client | None = None, *, width: int = 1280, javascript: bool = True
    ) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            locale="en-GB",
        )
        contexts.append(context)
        context.set_default_timeout(TIMEOUT)
        if client:
            context.add_cookies(
                [
                    {"name": name, "value": morsel.value, "url": site}
                    for name, morsel in client.cookies.items()
                ]
            )
        page = context.new_page()
        page.on("requestfailed", note_external_request)
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on("console", lambda message: note_violation(page.url, message.text))
        return page

    def note_external_request(request: Request) -> None:
        """A page of the site asked another host, which the browser does not find."""
        if urlsplit(request.url).hostname in LOCAL_HOSTS:
            return
        if (asking := request.frame.url).startswith(site):
            problems.append(f"{asking} asks {request.url}")

    def note_violation(url: str, text: str) -> None:
        if url.startswith(site) and "Content Security Policy" in text:
            problems.append(f"{url}: {text}")

    yield open_page
    if request.node.stash.get(failed, False):
        save_screenshots(request.node.name, contexts)
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


def save_screenshots(test: str, contexts: list[BrowserContext]) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    name = re.sub(r"\W+", "-", test).strip("-")
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages, 1):
        page.screenshot(path=SCREENSHOTS / f"{name}-{number}.png", full_page=True)
