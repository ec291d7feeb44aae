"""What the site does with forms that are not in UTF-8. tests/fire/hostile sends them everywhere."""

from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import settings
from django.test import Client

from core.actors import Actor
from garage.wsgi import application
from markets.accounts.models import MerchantProfile
from markets.cities.models import City
from tests import factories
from tests.markets.applications.pages import hidden

URLENCODED = "application/x-www-form-urlencoded"


def form(name: str, value: bytes, charset: str = "") -> tuple[bytes, str]:
    """Return a form in parts with one field, which may say its own charset, and its type."""
    kind = f"\r\nContent-Type: text/plain; charset={charset}" if charset else ""
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{kind}\r\n\r\n'
    return head.encode() + value + b"\r\n--b--\r\n", "multipart/form-data; boundary=b"


def send(client: Client, path: str, body: bytes, kind: str, **headers: str) -> Any:
    return client.generic("POST", path, body, content_type=kind, headers=headers)


@pytest.mark.parametrize(
    ("charset", "value"),
    [("latin-1", b"K%E4se"), ("windows-1252", b"K%E4se"), ("UTF-16LE", b"K%00%E4%00s%00e%00")],
)
def test_readable_form_can_be_sent_again(
    merchant: Client, maria: Actor, charset: str, value: bytes
) -> None:
    page = hidden(merchant.get("/account/").text)
    fields = f"expected_version={page['expected_version']}&contact_email=&phone=&language=&"
    if charset == "UTF-16LE":
        fields = ""
    name = "legal_name".encode(charset).replace(b"\0", b"%00")
    body = fields.encode() + name + b"=" + value
    answer = send(merchant, "/account/", body, f"{URLENCODED}; charset={charset}")
    assert answer.status_code == 400
    assert "We could not read this form" in answer.text
    unsaved = hidden(answer.text)
    assert unsaved["legal_name"] == "Käse"
    again = merchant.post("/account/", page | unsaved)
    assert again.status_code == 302
    assert MerchantProfile.get(maria.id).legal_name == "Käse"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"legal_name=K%E4se", URLENCODED),
        (b"legal_name=K%E4se", f"{URLENCODED}; charset=rot13"),
        form("legal_name", b"K\xe4se"),
        form("legal_name", b"K\xe4se", charset="latin-1"),
    ],
)
def test_unreadable_form_is_shown_for_copying(
    merchant: Client, maria: Actor, body: bytes, kind: str
) -> None:
    answer = send(merchant, "/account/", body, kind)
    assert answer.status_code == 400
    assert "<dd>K\N{REPLACEMENT CHARACTER}se</dd>" in answer.text
    assert 'href="/account/"' in answer.text
    with pytest.raises(MerchantProfile.DoesNotExist):
        MerchantProfile.get(maria.id)


def test_unreadable_form_shows_only_what_was_entered(merchant: Client) -> None:
    part = 'Content-Disposition: form-data; name="{}"\r\n\r\n'
    fields = [("expected_version", b"4"), ("phone", b""), ("legal_name", b"K\xe4se")]
    parts = [b"--b\r\n" + part.format(name).encode() + value for name, value in fields]
    body = b"\r\n".join([*parts, b"--b--", b""])
    answer = send(merchant, "/account/", body, "multipart/form-data; boundary=b")
    assert "<dt>legal_name</dt>" in answer.text
    assert "<dt>phone</dt>" not in answer.text
    assert "<dt>expected_version</dt>" not in answer.text


def test_latin_1_without_charset_is_read_as_latin_1(merchant: Client) -> None:
    answer = send(merchant, "/account/", b"legal_name=K\xe4se", URLENCODED)
    assert answer.status_code == 400
    assert hidden(answer.text)["legal_name"] == "Käse"


def test_replacement_character_is_accepted(merchant: Client, maria: Actor) -> None:
    page = hidden(merchant.get("/account/").text)
    answer = merchant.generic(
        "POST",
        "/account/",
        f"expected_version={page['expected_version']}&legal_name=%EF%BF%BD".encode(),
        content_type=URLENCODED,
    )
    assert answer.status_code == 302
    assert MerchantProfile.get(maria.id).legal_name == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("charset", ["utf8", "UTF-8", "U8", "us-ascii", '"utf-8"'])
def test_other_names_of_utf_8_are_accepted(merchant: Client, maria: Actor, charset: str) -> None:
    page = hidden(merchant.get("/account/").text)
    body = f"expected_version={page['expected_version']}&legal_name=K%C3%A4se".encode()
    answer = send(merchant, "/account/", body, f"{URLENCODED}; charset={charset}")
    assert answer.status_code == 302
    assert MerchantProfile.get(maria.id).legal_name == "Käse"


def test_form_from_other_site_is_not_shown(merchant: Client) -> None:
    for body in (b"legal_name=Kase", b"legal_name=K%E4se"):
        kind = f"{URLENCODED}; charset=latin-1"
        answer = send(merchant, "/account/", body, kind, origin="https://elsewhere.example")
        assert answer.status_code == 400
        assert "legal_name" not in answer.text
        assert "Request not understood" in answer.text


def test_script_gets_json(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.draft(maria, city)
    answer = send(
        merchant,
        f"/markets/{market.market_id}/photos/uploads/",
        b"name=K%E4se",
        f"{URLENCODED}; charset=latin-1",
        accept="application/json",
    )
    assert answer.status_code == 400
    assert answer.json() == {"message": "We could not read this form. It is not in UTF-8."}


def through_the_application(path: str, kind: str, **environ: Any) -> tuple[str, str]:
    """Return status and page; Django's test client makes requests of another class."""
    answered: list[str] = []

    def start(status: str, *_: Any) -> Any:
        answered.append(status[:3])

    environ |= {"PATH_INFO": path, "CONTENT_TYPE": kind, "HTTP_HOST": settings.SITE.netloc}
    setup_testing_defaults(environ)
    parts: Any = application(environ, start)
    page = b"".join(parts).decode()
    parts.close()
    return answered[0], page


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize("charset", ["hex", "latin-1", "\0", "no-such-charset"])
def test_query_is_always_read_as_utf_8(city: City, charset: str) -> None:
    factories.approved(factories.merchant(), city)
    status, page = through_the_application(
        f"/cities/{city.slug}/", f"text/plain; charset={charset}", QUERY_STRING="q=K%C3%A4se"
    )
    assert status == "200"
    assert 'value="Käse"' in page


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (f"{URLENCODED}; charset=\0", "400"),
        (f"{URLENCODED}; charset*=utf-8''%00", "400"),
        (f"{URLENCODED}; charset=hex", "400"),
        ("multipart/form-data; boundary=b; charset*=utf-8''%00", "400"),
        # A type that nobody can read is no form: it has no token.
        (f"{URLENCODED}; charset={'x' * 20_000}", "403"),
    ],
)
def test_malformed_content_type_is_no_server_error(kind: str, expected: str) -> None:
    body = form("code", b"1")[0] if "multipart" in kind else b"code=1"
    status, page = through_the_application(
        "/account/transfer/redeem/",
        kind,
        QUERY_STRING="a=b",
        REQUEST_METHOD="POST",
        CONTENT_LENGTH=str(len(body)),
        **{"wsgi.input": BytesIO(body)},
    )
    assert status == expected
    assert ("We could not read this form" in page) == (expected == "400")
