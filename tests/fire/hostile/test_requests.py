"""Requests that no browser makes: never a server error, and nothing of the inside in an answer."""

import json
import secrets
import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.fire.hostile.forms import FORMS, new_scene
from tests.fire.report import choose, record
from tests.permissions import TABLE
from tests.test_permissions import address

INSIDE = ("Traceback", "SECRET_KEY", "/site-packages/", "botocore", "pynamodb", "arn:aws:")
LARGE = 900_000  # bytes, below the most that a form may have

HEADERS: dict[str, dict[str, str]] = {
    "a foreign host": {"host": "evil.example"},
    "a host with a path": {"host": "localhost/evil"},
    "a host with a user": {"host": "user@localhost"},
    "an address as host": {"host": "[::1]:99999"},
    "an empty host": {"host": ""},
    "a forwarded host": {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"},
    "a forwarded scheme": {"x-forwarded-proto": "https, http", "x-forwarded-port": "-1"},
    "a forwarded path": {"x-original-url": "/city-hall/", "x-rewrite-url": "/city-hall/"},
    "another method": {"x-http-method-override": "DELETE", "x-method-override": "PUT"},
    "a foreign referrer": {"referer": "javascript:alert(1)"},
    "types that are none": {"accept": ",;q=x,*/*;q=9e999," + "a/b," * 2000},
    "languages that are none": {"accept-language": "x-" + "a" * 5000 + ",*;q=-1,\xff"},
    "encodings that are none": {"accept-encoding": "gzip;q=nan, br;q=\xe4"},
    "a range": {"range": "bytes=-1,5-2,99999999999999999999-"},
    "a condition": {"if-none-match": 'W/"' + "x" * 5000 + '", *', "if-modified-since": "yesterday"},
    "an id of the request": {"x-request-id": "a\r\nSet-Cookie: x=y" + "%0d%0a" * 9},
    "a script": {"hx-request": "true", "hx-target": "\xff", "hx-current-url": "%ff%00;uri"},
    "a token": {"authorization": "Bearer " + "e30." * 999, "cookie": "session=e30:x:y"},
    "a broken cookie": {"cookie": 'session="\\400\\0;; =; csrf=\xff\xfe; messages={"x'},
    "many cookies": {"cookie": "; ".join(f"session=x{n}" for n in range(500))},
}
METHODS = ("DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get")
PATHS = (
    "//evil.example/",
    "///markets/",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/markets/%00/",
    "/markets/..;/city-hall/",
    "/markets\\..\\city-hall\\",
    "/cities/%0d%0aSet-Cookie:%20x=y/",
    "/cities/%ff%fe/",
    "/cities/%ed%a0%80/",
    "/cities/\u0130stanbul/",
    "/cities/" + "a" * 6000 + "/",
    "/markets/7F3C9A52-4A5E-4C0E-9D0C-0F6A2F9B1C11/",
    "/markets/7f3c9a52-4a5e-4c0e-9d0c-0f6a2f9b1c11/versions/" + "9" * 400 + "/",
    "/sign-in/?next=//evil.example&next=https:evil.example",
    "/sign-in/?with=../../x&next=%5c%5cevil.example",
    "/?" + "&".join(f"a{n}={n}" for n in range(1500)),
    "/oidc/merchants/callback/?code=%00&state=%ff",
    "/oidc/officers/callback/?error=%3Cscript%3E&error_description=%0d%0aX:y",
)


def checked(answer: Any, case: str, condition: str, began: float) -> str:
    """Return the page of an answer that is no server error and shows nothing of the inside."""
    page = answer.getvalue().decode(errors="replace") if not answer.streaming else ""
    answer.close()
    seconds = time.perf_counter() - began
    outcome = str(answer.status_code)
    record("hostile", case=case, condition=condition, outcome=outcome, seconds=seconds)
    assert answer.status_code < 500, (case, condition)
    assert not [word for word in INSIDE if word in page]
    assert "evil.example" not in answer.headers.get("Location", "").split("?")[0]
    assert "x" not in answer.cookies
    return page


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize("header", HEADERS)
def test_hostile_header_is_no_server_error(header: str) -> None:
    scene = new_scene()
    for client in choose((scene.officer,), (Client(), scene.merchant, scene.officer)):
        for path in ("/", "/markets/", scene.own, scene.review, f"/cities/{scene.city.slug}/"):
            began = time.perf_counter()
            page = checked(client.get(path, headers=HEADERS[header]), "headers", header, began)
            assert "evil.example" not in page
        began = time.perf_counter()
        sent = client.post(f"{scene.own}withdraw/", headers=HEADERS[header])
        checked(sent, "headers, sent", header, began)
    assert scene.now().status == "submitted"


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize("number", range(len(PATHS)))
def test_hostile_path_is_no_server_error(number: int) -> None:
    scene = new_scene()
    for client in choose((scene.officer,), (Client(), scene.merchant, scene.officer)):
        for respond in (client.get, client.post, client.head):
            began = time.perf_counter()
            checked(respond(PATHS[number]), "paths", PATHS[number][:40], began)


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize("method", choose(METHODS[:1], METHODS))
def test_unknown_method_is_refused(method: str) -> None:
    """They do nothing anywhere, whoever asks."""
    scene = new_scene()
    for route in TABLE:
        for client in (scene.merchant, scene.officer):
            began = time.perf_counter()
            answer = client.generic(method, address(route, scene.market), b"expected_version=2")
            checked(answer, "methods", method, began)
    assert scene.now().serialize() == scene.market.serialize()


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize("name", FORMS)
def test_oversized_form_is_refused(name: str) -> None:
    """Huge forms, fields that come twice, and fields that the form does not have."""
    form = FORMS[name]
    field = form.texts[0]
    scene = new_scene(draft=form.draft)
    client = scene.officer if form.by_officer else scene.merchant
    path, fields = form.path(scene), dict(form.fields(scene))
    huge: dict[str, dict[str, Any]] = {
        "many fields": {f"f{n}": "x" for n in range(1_001)},
        "one field often": {field: ["x"] * 1_001},
        "a long field": {field: "x" * LARGE},
        "too much": {field: "x" * 1_200_000},
        "a long name": {"x" * LARGE: "x"},
    }
    for attack, extra in huge.items():
        began = time.perf_counter()
        answer = client.post(path, fields | extra)
        checked(answer, f"size: {name}", attack, began)
        assert answer.status_code in {302, 400, 413, 422} or attack == "a long name"
        # A section of a draft keeps its valid fields. Nothing of this size is stored.
        assert len(json.dumps(scene.now().serialize(), default=str)) < 10_000, attack


STOLEN = {
    "user_id": "somebody-else",
    "userId": "somebody-else",
    "market_id": "7f3c9a52-4a5e-4c0e-9d0c-0f6a2f9b1c11",
    "status": "approved",
    "city": "elsewhere",
    "version": "99",
    "reference": "TST-0001",
    "approved": "true",
    "marketApproved": "true",
    "decided_by": "me",
    "decidedAt": "2020-01-01T00:00:00+00:00",
    "assignee": "me",
    "history_hash": "0",
    "photos": "[]",
    "is_staff": "1",
    "cities": "all",
    "sub": "somebody-else",
    "actor": "operator",
    "queue_key": "x",
}


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize("name", FORMS)
def test_extra_form_fields_change_nothing(name: str) -> None:
    """The item is as after the form alone."""
    form = FORMS[name]
    results = []
    for extra in ({}, STOLEN):
        scene = new_scene(draft=form.draft)
        began = time.perf_counter()
        answer = form.send(scene, **extra)
        checked(answer, "mass assignment", name, began)
        now = scene.now()  # under the same key
        assert now.city == scene.city.slug
        assert now.reference != STOLEN["reference"]
        results.append((now.status, now.version, now.approved, now.assignee, len(now.photos)))
    assert results[0] == results[1]


@pytest.mark.usefixtures("_static_files")
def test_last_of_duplicate_fields_counts() -> None:
    """The version, too: a form cannot show one version to a check and another to the write."""
    scene = new_scene()
    answer = scene.officer.post(f"{scene.review}approve/", {"expected_version": ["2", "1"]})
    assert answer.status_code == 409
    assert scene.now().status == "submitted"


@pytest.mark.usefixtures("_static_files")
def test_tampered_cookies_sign_nobody_in() -> None:
    scene = new_scene()
    value = scene.officer.cookies[settings.SESSION_COOKIE_NAME].value
    body, _, signature = value.rpartition(":")
    attempts = {
        "a bit": value[:-1] + ("A" if value[-1] != "A" else "B"),
        "no signature": body,
        "another signature": f"{body}:{signature[::-1]}",
        "another body": "e30" + value[3:],
        "twice": value * 2,
        "long": value + "A" * 100_000,
        "a null": f"{value}\0",
        "compressed": f".{value}",
        "random": secrets.token_urlsafe(300),
    }
    for attempt, changed in attempts.items():
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = changed
        began = time.perf_counter()
        answer = client.get(scene.review)
        checked(answer, "cookies", attempt, began)
        assert answer.status_code == 302, attempt
        assert answer.headers["Location"].startswith("/city-hall/sign-in/")


@pytest.mark.usefixtures("_static_files")
def test_cookie_value_does_not_work_under_other_name() -> None:
    """A signed value of one purpose, sent as the cookie of another."""
    scene = new_scene()
    session = scene.officer.cookies[settings.SESSION_COOKIE_NAME].value
    for name in (settings.CSRF_COOKIE_NAME, settings.MESSAGE_COOKIE_NAME):
        client = Client()
        client.cookies[name] = session
        assert client.get("/").status_code == 200
        assert client.get(scene.review).status_code == 302
