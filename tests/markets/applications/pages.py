"""Steps on the merchant's pages."""

import re
from typing import Any

from django.test import Client

from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from markets.queries import get_market, page_of_markets

ENTERED: dict[str, dict[str, str]] = {
    "market": {"name": "Lime wood and candles", "category": "crafts"},
    "goods": {"description": "Carved spoons\nBeeswax candles", "average_price": "12.50"},
    "stall": {"frontage_m": "3.00", "power_kw": "2.50", "needs_water": "on"},
    "merchant": {
        "legal_name": "Maria Crafts SRL",
        "contact_email": "maria@example.com",
        "phone": "+40 268 413 000",
        "language": "ro",
    },
}
BY_SCRIPT = {"HX-Request": "true"}


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of a page."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)"[^>]*value="([^"]*)"', page))


def begin(client: Client, city: City) -> Market:
    """Begin an application and return the draft."""
    url = f"/markets/apply/{city.slug}/"
    response = client.post(url, hidden(client.get(url).content.decode()))
    assert response.status_code == 302
    market_id = response.headers["Location"].strip("/").rpartition("/")[2]
    return Market.get(str(client.session["person"]["sub"]), market_id)


def section(market: Market, slug: str) -> str:
    return f"/markets/{market.market_id}/{slug}/"


def send(
    client: Client,
    market: Market,
    slug: str,
    *,
    page: str | None = None,
    query: str = "",
    via: str = "button",
    **values: str | None,
) -> Any:
    """Fill in a part as `page`, or else a new one, shows it, and save it.

    `query` is part of its address, `via` the button or the script that saves;
    None for a value leaves the field out.
    """
    url = section(market, slug)
    page = page or client.get(url + query).content.decode()
    data = hidden(page) | ENTERED[slug] | values
    filled = {name: value for name, value in data.items() if value is not None}
    return client.post(url + query, filled, headers=BY_SCRIPT if via == "script" else None)


def only_market(actor: Actor) -> Market:
    (market,) = page_of_markets(actor).items
    return get_market(actor, market.key)
