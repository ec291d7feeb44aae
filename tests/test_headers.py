"""The headers of every answer: nothing private is stored, and browsers are told to be strict."""

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


def address(route: str, city: City) -> str:
    url = "/" + route.replace("<slug:city_slug>", city.slug)
    for kind, value in {"uuid": SOMEBODY, "slug": "en", "int": "2"}.items():
        url = re.sub(rf"<{kind}:\w+>", value, url)
    return url


@pytest.mark.parametrize("route", sorted(routes()))
def test_every_answer_is_strict_and_only_public_pages_are_stored(
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
