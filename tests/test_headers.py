"""The headers of every response: private pages are not stored, security headers are set."""

import re

import pytest
from django.test import Client

from markets.cities.models import City
from tests.test_site import SOMEBODY, routes

CACHED = {
    "cities/<slug:city_slug>/",
    "cities/<slug:city_slug>/programme.json",
    "cities/<slug:city_slug>/market-days.ics",
}
"""What a visitor reads there is the same for everybody."""

CHARSETS = ("latin-1", "utf-7", "utf-16", "no-such-charset")


def address(route: str, city: City) -> str:
    url = "/" + route.replace("<slug:city_slug>", city.slug)
    for kind, value in {"uuid": SOMEBODY, "slug": "en", "int": "2"}.items():
        url = re.sub(rf"<{kind}:\w+>", value, url)
    return url


@pytest.mark.parametrize("route", sorted(routes()))
def test_security_headers_are_set_and_only_public_pages_cached(
    visitor: Client, merchant: Client, officer: Client, city: City, route: str
) -> None:
    for name, client in (("visitor", visitor), ("merchant", merchant), ("officer", officer)):
        for answer in (client.get(address(route, city)), client.post(address(route, city))):
            headers = answer.headers
            answer.close()
            stored = headers["Cache-Control"].startswith("public")
            public = route in CACHED and (name == "visitor" or not route.endswith("/"))
            assert stored <= public, (name, headers["Cache-Control"])
            assert stored or "no-store" in headers["Cache-Control"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["Referrer-Policy"] == "same-origin"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert headers["Cross-Origin-Resource-Policy"] in {"same-origin", "cross-origin"}
            assert "camera=()" in headers["Permissions-Policy"]
            assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("form", ["urlencoded", "multipart", "part"])
def test_form_in_other_charset_is_no_server_error(
    merchant: Client, visitor: Client, officer: Client, city: City, form: str, charset: str
) -> None:
    part = f"; charset={charset}" if form == "part" else ""
    body = (
        f'--b\r\nContent-Disposition: form-data; name="name"\r\nContent-Type: text/plain{part}'
        "\r\n\r\nK\xe4se\r\n--b--\r\n"
    ).encode("latin-1")
    kind = f"multipart/form-data; boundary=b; charset={charset}"
    if form == "urlencoded":
        body, kind = b"name=K%E4se", f"application/x-www-form-urlencoded; charset={charset}"
    if form == "part":
        kind = "multipart/form-data; boundary=b"
    for client, path in (
        (merchant, f"/markets/apply/{city.slug}/"),
        (visitor, "/markets/"),
        (merchant, "/account/"),
        (merchant, "/account/transfer/redeem/"),
        (officer, f"/city-hall/{city.slug}/bulk/"),
        (officer, f"/city-hall/{city.slug}/reply-templates/add/"),
    ):
        answer = client.generic("POST", path, body, content_type=kind)
        assert answer.status_code < 500
        if form == "urlencoded" and charset != "no-such-charset":
            assert answer.status_code == 400
            assert "could not understand what your browser sent" in answer.text
