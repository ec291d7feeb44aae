"""The functions of the scripts, module by module, each imported into an empty page."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client
from playwright.sync_api import Browser, Page, Request

from core.actors import Actor
from markets.cities.models import City
from tests import factories
from tests.browser.conftest import Browse

Run = Callable[..., Any]
"""Run lines of JavaScript with a module's exports in `its` and an argument in `given`."""


@pytest.fixture(scope="module")
def empty(browser: Browser, _static_files: None) -> Generator[Page]:
    """An empty page at the address of the modules."""
    page = browser.new_page()
    url = f"{settings.STATIC_URL}empty.html"
    page.route(url, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto(url)
    yield page
    page.close()


@pytest.fixture
def run(empty: Page) -> Run:
    def evaluate(module: str, lines: str, given: object = None) -> Any:
        program = f"async ([url, given]) => {{ const its = await import(url); {lines} }}"
        return empty.evaluate(program, [static(f"js/{module}.js"), given])

    return evaluate


def test_upload_queue_keeps_order_and_parallel_limit(run: Run) -> None:
    log = run(
        "photos/queue",
        """
        const log = [], end = {};
        const settled = () => new Promise(setTimeout);
        const queue = new its.Queue({
          parallel: 2,
          run: (name) => {
            log.push(`begin ${name}`);
            return new Promise((resolve) => { end[name] = resolve; });
          },
          whenIdle: () => log.push("idle"),
        });
        for (const name of ["a", "b", "c", "d"]) queue.add(name);
        log.push(`${queue.size} there`, `c runs: ${queue.isRunning("c")}`);
        queue.withdraw("c");
        end.b(); await settled();
        end.a(); await settled();
        end.d(); await settled();
        queue.add("e"); end.e(); await settled();
        return log;
        """,
    )
    assert log == [
        "begin a", "begin b", "4 there", "c runs: false", "begin d", "idle", "begin e", "idle",
    ]  # fmt: skip


def test_changes_run_in_sequence_and_failure_blocks_none(run: Run) -> None:
    log = run(
        "photos/turns",
        """
        const log = [];
        const inTurn = its.oneAfterAnother();
        const slow = inTurn(async () => {
          log.push("first begins");
          await new Promise((resolve) => setTimeout(resolve, 20));
          log.push("first ends");
        });
        const failing = inTurn(() => { log.push("second"); throw new Error("no"); });
        const last = inTurn(() => "third");
        await slow;
        log.push(await failing.catch((error) => error.message), await last);
        return log;
        """,
    )
    assert log == ["first begins", "first ends", "second", "no", "third"]


JSON = "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("status", "type_", "content_type", "kind"),
    [
        (204, "basic", None, "empty"),
        (200, "basic", JSON, "json"),
        (422, "basic", JSON, "json"),
        (403, "basic", JSON, "json"),
        (403, "basic", "text/html", "signed-out"),
        (0, "opaqueredirect", None, "signed-out"),
        (500, "basic", "text/html", "broken"),
        (502, "basic", None, "broken"),
    ],
)
def test_site_response_kind(
    run: Run, status: int, type_: str, content_type: str | None, kind: str
) -> None:
    answer = {"status": status, "type": type_, "contentType": content_type}
    assert run("photos/site", "return its.kindOf(given)", answer) == kind


@pytest.mark.parametrize(
    ("name", "type_", "sent_type"),
    [
        ("IMG_1.JPG", "image/jpeg", "image/jpeg"),
        ("IMG_1.HEIC", "", "image/heic"),
        ("IMG_1.heif", "", "image/heic"),
        ("IMG_1.HEIC", "image/heif", "image/heif"),
        ("heic", "", ""),
    ],
)
def test_file_description_sent_to_site(run: Run, name: str, type_: str, sent_type: str) -> None:
    file = {"name": name, "type": type_, "size": 7, "lastModified": 1}
    described = run("photos/upload", "return its.describe(given)", file)
    assert described == {"name": name, "type": sent_type, "size": 7}


@pytest.mark.parametrize(
    ("answer", "message", "again"),
    [
        ("<Error><Code>EntityTooLarge</Code></Error>", "This file is too large.", False),
        ("<Error><Code>AccessDenied</Code></Error>", "The upload was not accepted.", True),
        ("", "The upload was not accepted.", True),
    ],
)
def test_bucket_refusal_message_and_retry(
    run: Run, answer: str, message: str, *, again: bool
) -> None:
    lines = "const { message, again } = its.refusalOf(given); return [message, again]"
    assert run("photos/upload", lines, answer) == [message, again]


ABOVE, BELOW = {"top": 0, "height": 100}, {"top": 200, "height": 100}


@pytest.mark.parametrize(
    ("y", "above", "below", "by"),
    [
        (49, ABOVE, BELOW, -1),
        (50, ABOVE, BELOW, 0),
        (150, ABOVE, BELOW, 0),
        (250, ABOVE, BELOW, 0),
        (251, ABOVE, BELOW, 1),
        (-10, None, BELOW, 0),
        (900, ABOVE, None, 0),
    ],
)
def test_dragged_photo_direction(
    run: Run, y: int, above: dict[str, int] | None, below: dict[str, int] | None, by: int
) -> None:
    assert run("photos/reorder", "return its.direction(...given)", [y, above, below]) == by


@pytest.mark.parametrize(
    ("html", "event", "is_one"),
    [
        ("<a></a>", {"key": "j"}, True),
        ("<a></a>", {"key": "ArrowLeft"}, True),
        ("<a></a>", {"key": "ArrowUp"}, False),
        ("<a></a>", {"key": "J"}, False),
        ("<a></a>", {"key": "a", "ctrlKey": True}, False),
        ("<a></a>", {"key": "j", "repeat": True}, True),
        ("<a></a>", {"key": "a", "repeat": True}, False),
        ("<a></a>", {"key": "a", "isComposing": True}, False),
        ("<input>", {"key": "a"}, False),
        ("<input type=checkbox>", {"key": "x"}, True),
        ("<textarea></textarea>", {"key": "a"}, False),
        ("<select></select>", {"key": "a"}, False),
    ],
)
def test_shortcut_detection(run: Run, html: str, event: dict[str, object], *, is_one: bool) -> None:
    lines = """
        document.body.innerHTML = given.html;
        return its.isShortcut({ ...given.event, target: document.body.firstElementChild });
    """
    assert run("keyboard-shortcuts", lines, {"html": html, "event": event}) is is_one


@pytest.mark.parametrize(
    ("at", "by", "row"),
    [(-1, 1, "a"), (-1, -1, "c"), (0, 1, "b"), (2, -1, "b"), (2, 1, None), (1, -1, "a")],
)
def test_next_row_for_shortcut(run: Run, at: int, by: int, row: str | None) -> None:
    lines = "return its.rowAfter(['a', 'b', 'c'], ...given) ?? null"
    assert run("keyboard-shortcuts", lines, [at, by]) == row


@pytest.mark.parametrize(
    ("status", "failed", "message", "retry"),
    [
        (0, True, "no connection", True),
        (503, True, "no connection", True),
        (404, True, "press the button", False),
        (401, True, "", False),
        (412, True, "", False),
        (200, False, "", False),
    ],
)
def test_autosave_failure_message_and_retry(
    run: Run, status: int, message: str, *, failed: bool, retry: bool
) -> None:
    judged = run("autosave", "return its.judge(...given)", [status, failed])
    assert judged["retry"] is retry
    assert message in judged["problem"]
    assert bool(message) is bool(judged["problem"])


def test_programme_search_ignores_diacritics_and_case(run: Run) -> None:
    lines = "return its.matches(its.fold(given[0]), its.wordsOf(given[1]))"
    for text, asked, found in (
        ("Mützen und Socken", "socken MUTZEN", True),
        ("Kürtőskalács", " kurtos ", True),
        ("Mützen und Socken", "mutzen schal", False),
        ("Mützen", "", True),
    ):
        assert run("programme-search", lines, [text, asked]) is found


@pytest.mark.parametrize(
    ("shown", "words", "partial", "message"),
    [
        (1, ["wool"], False, "1 stall found."),
        (2, ["wool"], False, "2 stalls found."),
        (2, [], False, ""),
        (0, ["x"], True, "0 stalls on this page. Press Enter to search the whole programme."),
    ],
)
def test_search_result_message(
    run: Run, shown: int, words: list[str], message: str, *, partial: bool
) -> None:
    given = [shown, words, partial]
    assert run("programme-search", "return its.describe(...given)", given) == message


def test_photos_page_preloads_all_modules(
    browse: Browse, merchant: Client, maria: Actor, city: City
) -> None:
    page = browse(merchant)
    scripts: list[str] = []

    def note(request: Request) -> None:
        if request.resource_type == "script":
            scripts.append(request.url)

    page.on("request", note)
    page.goto(f"/markets/{factories.draft(maria, city).market_id}/photos/")
    page.locator(".form--scripted").wait_for()
    named = page.locator("link[rel=modulepreload]").evaluate_all(
        "all => all.map(link => link.href)"
    )
    named += page.locator("script[src]").evaluate_all("all => all.map(script => script.src)")
    assert sorted(scripts) == sorted(named)


EARLY_INPUT = """
  <form>
    <input type="hidden" value="1"><button>Save</button>
    <input value="A"><textarea>A</textarea><input type="checkbox">
    <select><option>A</option><option>B</option></select>
    <select><option>A</option><option selected>B</option></select>
  </form>
"""


def test_early_input_is_recognized_in_each_kind_of_field(run: Run) -> None:
    before, after = run(
        "early-input",
        """
        document.body.innerHTML = given;
        const form = document.querySelector("form");
        const before = its.hasEarlyInput(form);
        const change = {
          INPUT: (field) => field.type === "checkbox" ? field.click() : (field.value = "C"),
          TEXTAREA: (field) => { field.value = "C"; },
          SELECT: (field) => { field.selectedIndex = 1 - field.selectedIndex; },
        };
        const after = [...form.querySelectorAll("button ~ :not(button)")].map((field) => {
          form.reset();
          change[field.tagName](field);
          return its.hasEarlyInput(form);
        });
        return [before, after];
        """,
        EARLY_INPUT,
    )
    assert before is False
    assert after == [True] * 5
