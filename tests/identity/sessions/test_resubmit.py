"""A form that was sent after the session had ended is returned, ready to be sent again."""

import re
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cloud.local.ports import free_port
from identity import cognito
from identity.sessions.models import Session
from tests.account import Login, make_person
from tests.identity.sessions.cookies import age, cookie_of, put_cookie, record_of
from tests.identity.sign_in.hosted_pages import sign_in

ENTERED: dict[str, Any] = {
    "name": "Lime wood & <b>candles</b>",
    "goods": ["Spoons\nStars", ""],
    "save": "yes",
}
STALE = 301  # seconds
HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@pytest.fixture
def merchant() -> Login:
    return make_person(name="Maria")


@pytest.fixture
def browser(merchant: Login) -> Client:
    """The merchant's browser, signed in, with CSRF checks."""
    client = Client(enforce_csrf_checks=True)
    sign_in(client, merchant, "/sign-in/?with=email")
    return client


def token(client: Client) -> str:
    """Open a page with a form; return the token in it."""
    page = client.get("/sessions/").text
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', page)
    assert found
    return found[1]


def fields(page: str) -> list[tuple[str, str]]:
    """Return what the page would send again, its token included."""
    return [(unescape(name), unescape(value)) for name, value in HIDDEN.findall(page)]


def resubmitted(page: str) -> list[tuple[str, str]]:
    return [field for field in fields(page) if field[0] != "csrfmiddlewaretoken"]


def as_entered() -> list[tuple[str, str]]:
    return [
        (name, each)
        for name, value in ENTERED.items()
        for each in (value if isinstance(value, list) else [value])
    ]


def test_form_can_be_resubmitted_after_session_end(browser: Client, merchant: Login) -> None:
    unsaved = ENTERED | {"csrfmiddlewaretoken": token(browser)}
    record = record_of(browser)
    assert record is not None
    record.delete()

    waiting = browser.post("/closed/?page=2", unsaved)
    assert waiting.status_code == 403
    assert "Your session has ended" in waiting.text
    assert 'action="/closed/?page=2"' in waiting.text
    assert 'href="/sign-in/?next=%2Fsigned-in%2F" target="_blank"' in waiting.text
    assert resubmitted(waiting.text) == as_entered()

    # In another tab, which ends on a page that says to go back.
    sign_in(browser, merchant, "/sign-in/?with=email&next=/signed-in/")
    assert "Close this tab" in browser.get("/signed-in/").text

    # The sign-in has changed the token: the form is returned once more, then accepted.
    sent = dict(fields(waiting.text))
    once_more = browser.post("/closed/?page=2", sent, headers={"origin": "http://testserver"})
    assert once_more.status_code == 403
    assert "send it once more" in once_more.text
    taken = browser.post("/closed/?page=2", dict(fields(once_more.text)))
    assert taken.json()["id"] == merchant.sub


def test_resubmit_page_asks_to_choose_files_again(browser: Client) -> None:
    unsaved = {"csrfmiddlewaretoken": token(browser), "name": "Stars"}
    record = record_of(browser)
    assert record is not None
    record.delete()
    photo = SimpleUploadedFile("photo.jpg", b"photo", "image/jpeg")
    page = browser.post("/closed/", unsaved | {"photo": photo})
    assert "must be chosen again" in page.text
    assert resubmitted(page.text) == [("name", "Stars")]


def test_form_can_be_resubmitted_after_cognito_outage(
    browser: Client, merchant: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsaved = ENTERED | {"csrfmiddlewaretoken": token(browser)}
    age(browser, STALE)
    with monkeypatch.context() as outage:
        unreachable = f"http://127.0.0.1:{free_port()}"
        outage.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", unreachable)
        cognito.client.cache_clear()
        waiting = browser.post("/closed/", unsaved)
    cognito.client.cache_clear()
    assert waiting.status_code == 503
    assert waiting["Retry-After"]
    assert "The sign-in service does not answer at the moment" in waiting.text
    assert resubmitted(waiting.text) == as_entered()
    assert browser.post("/closed/", dict(fields(waiting.text))).json()["id"] == merchant.sub


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_fields_posted_from_other_site_are_dropped(browser: Client, origin: str) -> None:
    """Otherwise the other site would only have to persuade people to press the button."""
    answer = browser.post("/closed/", ENTERED, headers={"origin": origin})
    assert answer.status_code == 403
    assert resubmitted(answer.text) == []
    assert "Lime wood" not in answer.text


def test_fields_posted_without_origin_are_dropped(browser: Client) -> None:
    answer = browser.post("/closed/", ENTERED)
    assert answer.status_code == 403
    assert resubmitted(answer.text) == []


def test_copied_cookie_of_ended_session_cannot_resubmit(browser: Client) -> None:
    attacker = Client()
    put_cookie(attacker, cookie_of(browser))
    record = record_of(browser)
    assert record is not None
    record.delete()
    for _ in range(2):
        assert attacker.post("/closed/", ENTERED).status_code == 403
    assert Session.current(record.id) is None
