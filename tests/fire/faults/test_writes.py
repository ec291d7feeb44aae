"""Every write under every fault: it happens once or not at all, and its author is told the truth.

A form is sent while the fault lasts. Then the fault ends, and the same form is sent again,
as its author would if they were told to. Short: some of the faults for each write, so
that every fault meets every kind of write in turn.
"""

import time
from html import escape

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponseBase
from pytest_django import Settings

from core.calls import reset_breakers
from tests.fire.faults.people import People
from tests.fire.faults.proxy import LASTING, PASSING, Fault, Proxy, slow
from tests.fire.faults.writes import WRITES, Form, Write
from tests.fire.report import FULL, choose, record

SECONDS = choose(1.2, 8.0)
"""The budget of a request while a fault lasts; a fault that passes always has the whole 8."""

SLOW = slow(SECONDS * 4.5 / 8)
LONGEST = 10.0  # seconds until every page must have answered

FAULTS = [*PASSING, SLOW, *LASTING]


def cells() -> list[tuple[Write, Fault]]:
    if FULL:
        return [(write, fault) for write in WRITES for fault in FAULTS]
    # Each write has one fault, each fault some writes, those that pass and those that last in turn.
    kinds = PASSING, [SLOW, *LASTING]
    chosen = []
    for number, write in enumerate(WRITES):
        faults = kinds[number % 2]
        chosen.append((write, faults[5 * (number // 2) % len(faults)]))
    return chosen


def outcome_of(answer: HttpResponseBase) -> str:
    """Return what an answer says about the write, in a word."""
    if answer.status_code == 503:
        assert answer["Retry-After"]
        return "again"
    if answer.status_code == 403 and "Nothing that you entered is lost" in answer.text:  # type: ignore[attr-defined]
        return "again"  # a form whose session has ended
    if answer.status_code in {409, 412}:
        return "conflict"
    if answer.status_code >= 500:
        return f"error {answer.status_code}"
    request = getattr(answer, "wsgi_request", None)
    refused = request and any(each.level_tag == "error" for each in get_messages(request))
    if refused or answer.status_code not in {200, 201, 204, 302}:
        return f"refused {answer.status_code}"
    return bulk_outcome(answer) or "done"


def bulk_outcome(answer: HttpResponseBase) -> str:
    """Return what the page of a bulk action says about its one application; "" for others."""
    context = getattr(answer, "context", None)
    if answer.status_code != 200 or not context or "done" not in context:
        return ""
    (outcome,) = context["outcomes"]
    assert outcome.succeeded or "Please try again." in outcome.message
    return "done" if outcome.succeeded else "again"


def send(form: Form) -> tuple[str, HttpResponseBase, float]:
    started = time.monotonic()
    answer = form.client.post(form.path, form.data)
    return outcome_of(answer), answer, time.monotonic() - started


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize(("write", "fault"), cells(), ids=lambda it: it.name.replace(" ", "-"))
def test_write_happens_once_or_not_at_all(
    proxy: Proxy, settings: Settings, write: Write, fault: Fault
) -> None:
    form = write.prepare(People())
    assert form.count() == 0
    if not fault.once:
        settings.REQUEST_SECONDS = SECONDS
    with proxy.under(fault):
        reply, answer, seconds = send(form)
    settings.REQUEST_SECONDS = 8.0
    reset_breakers()  # test_recovery.py shows that they close by themselves
    happened = form.count()
    after = ""
    if reply != "done":
        after, _, _ = send(form)
    finally_happened = form.count()
    outcome = f"{reply}{'*' if happened and reply != 'done' else ''}"
    outcome += f" > {after}" if after else ""
    record(
        "faults",
        case=write.name,
        condition=fault.name,
        outcome=outcome,
        seconds=seconds,
        happened=happened,
        finally_happened=finally_happened,
    )
    assert seconds < LONGEST
    assert happened <= 1
    assert reply in {"done", "again"}
    if reply == "done":
        assert happened == 1
    elif answer.status_code != 200 and isinstance(text := getattr(answer, "text", None), str):
        assert all(escape(str(value)) in text for value in form.data.values())
    assert after in {"", "done"}
    if write.repeats:
        assert finally_happened >= 1
    else:
        assert finally_happened == 1
