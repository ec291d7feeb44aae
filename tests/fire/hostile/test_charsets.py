"""Every form, in charsets that browsers do not send: never a server error, nothing stored."""

import time
from typing import Any

import pytest
from django.test import Client

from markets.cities.models import City
from tests import factories
from tests.fire.report import choose, record
from tests.permissions import TABLE
from tests.test_permissions import address

# Others end a request before Django's test client can make one: tests/core/test_charsets.py.
CHARSETS = ("latin-1", "utf-7", "utf-16", "utf-8-sig", "punycode", "undefined", "rot13", "hex")
UNKNOWN = (
    "base64",
    "zip",
    "idna",
    "mbcs",
    "unicode_escape",
    "no-such-charset",
    "x" * 500,
    "ä",
    "'",
)
ROUTES = sorted(route for route, methods in TABLE.items() if "a" in methods["POST"].values())


def bodies(charset: str) -> dict[str, tuple[bytes, str]]:
    """Return the same form in each way in which it can name a charset: its body and its type."""
    in_parts = "multipart/form-data; boundary=b"
    head = b'--b\r\nContent-Disposition: form-data; name="text"\r\n'
    value = b"\r\nK\xe4se\r\n--b--\r\n"
    named = f"Content-Type: text/plain; charset={charset}\r\n".encode()
    return {
        "urlencoded": (b"text=K%E4se", f"application/x-www-form-urlencoded; charset={charset}"),
        "multipart": (head + value, f"{in_parts}; charset={charset}"),
        "part": (head + named + value, in_parts),
    }


@pytest.mark.usefixtures("_static_files")
@pytest.mark.parametrize("route", ROUTES)
def test_form_in_other_charset_is_400_with_message(
    route: str, city: City, merchant: Client, officer: Client, maria: Any
) -> None:
    market = factories.submitted(maria, city)
    client = officer if TABLE[route]["POST"]["officer"] == "a" else merchant
    path = address(route, market)
    for charset in choose(CHARSETS[-1:], CHARSETS + UNKNOWN):
        for way, (body, kind) in bodies(charset).items():
            began = time.perf_counter()
            answer = client.generic("POST", path, body, content_type=kind)
            record(
                "hostile",
                case=f"charset: POST /{route}",
                condition=way,
                outcome=str(answer.status_code),
                seconds=time.perf_counter() - began,
            )
            assert answer.status_code == 400, (charset, way)
            if charset == "ä" and way == "multipart":
                # Django reads no form in parts whose type is not ASCII; there is no text to show.
                assert "could not understand what your browser sent" in answer.text
                continue
            assert "We could not read this form" in answer.text
            assert (
                "K\N{REPLACEMENT CHARACTER}se" in answer.text
                or "Käse" in answer.text
                or (charset in {"utf-7", "utf-16"})
            )
    assert market.__class__.get(*market.key, consistent_read=True).version == market.version
