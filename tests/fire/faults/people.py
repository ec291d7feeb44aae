"""A merchant and an officer of a new city, with a browser each."""

from typing import Any

from django.test import Client

from identity.sessions.models import Session
from markets.models import Market
from markets.queries import load_market
from tests import factories
from tests.clients import sign_in
from tests.markets.applications.pages import hidden


class People:
    """Nobody else has to do with this city: what is counted there is theirs."""

    def __init__(self) -> None:
        self.city = factories.make_city()
        self.maria = factories.merchant()
        # A fault of the site must be an answer of it, as it is for a browser.
        self.merchant = Client(raise_request_exception=False)
        sign_in(self.merchant, sub=self.maria.id, email=f"{self.maria.id}@example.com")
        self.city_hall = Client(raise_request_exception=False)
        self.officer = sign_in(self.city_hall, cities=[self.city.slug]).actor

    def fields(self, path: str, **values: Any) -> dict[str, Any]:
        """Return what the form at `path` sends along unseen, and `values`."""
        page = self.merchant.get(path)
        assert page.status_code == 200, page.text
        sent = hidden(page.text) | values
        sent.pop("csrfmiddlewaretoken", None)
        return sent

    def review(self, market: Market) -> str:
        return f"/city-hall/{self.city.slug}/markets/{market.user_id}/{market.market_id}/"

    def applications(self) -> int:
        """Return how many applications the merchant has."""
        return Market.count(self.maria.id, consistent_read=True)

    def session(self) -> Session | None:
        return Session.current(self.merchant.session["person"]["id"])


def versions_after(market: Market) -> int:
    """Return how many changes there were since `market` was read."""
    return int(load_market(market.key).version or 0) - int(market.version or 0)
