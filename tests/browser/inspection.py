"""Check a page with axe, and its width on the narrowest screen."""

from collections.abc import Callable, Generator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

AXE: str = Axe().axe_script
NARROWEST = 320  # pixels: 1280 at a zoom of 400 %
OPTIONS = {
    "resultTypes": ["violations"],
    # It would fetch the style sheet by script, which the site's policy forbids.
    "preload": False,
}

# The whole result takes as long to come out of the browser as to compute.
RUN = """options => axe.run(options).then(
    ({passes, violations}) => ({passes: passes.length, violations})
)"""

Inspect = Callable[[Page, str], None]
"""Inspect what a page shows now, under a name for it."""


@pytest.fixture
def inspect() -> Generator[Inspect]:
    faults: list[str] = []

    def look_at(page: Page, state: str) -> None:
        expect(page.get_by_role("main")).to_be_visible()
        page.evaluate(AXE)
        for width, scheme in ((1280, "light"), (390, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            results = page.evaluate(RUN, OPTIONS)
            assert results["passes"], "axe found nothing to look at"
            for found in results["violations"]:
                where = [" ".join(map(str, node["target"])) for node in found["nodes"]]
                faults.append(f"{state}, {scheme}: {found['id']}: {found['help']}: {where}")
        page.set_viewport_size({"width": NARROWEST, "height": 900})
        if (width := page.evaluate("document.documentElement.scrollWidth")) > NARROWEST:
            faults.append(f"{state}: {width} pixels wide on a screen of {NARROWEST}")

    yield look_at
    assert not faults, "\n".join(faults)


def show(inspect: Inspect, page: Page, path: str, *, status: int = 200) -> None:
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status
    inspect(page, path)
