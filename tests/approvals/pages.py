"""Helpers to open the city hall's pages."""

from html import unescape

from django.test import Client

from markets.models import Market


def review_path(market: Market) -> str:
    return f"/city-hall/{market.city}/markets/{market.user_id}/{market.market_id}/"


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return unescape(response.content.decode())
