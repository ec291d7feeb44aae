"""Pairs of a merchant and an officer, each with an application that nobody else works on.

So the model knows every status in advance, whatever the other pairs do.
"""

from random import Random
from uuid import uuid4

from core.actors import Actor
from markets.cities.models import City
from markets.operations import create_draft
from tests import factories
from tests.fire.forms import filled_in
from tests.fire.model import MERCHANT_ACTIONS, ModelApplication
from tests.fire.server import Browser

MAX_SESSION = 240  # seconds; then the session's claims would be renewed at Cognito


class Pair:
    """A merchant and an officer with one application, who click at random."""

    application: ModelApplication

    def __init__(self, site: str, city: City, number: int) -> None:
        self.site, self.city = site, city
        self.random = Random(number)  # noqa: S311 - not a secret
        self.merchant, self.officer = factories.merchant(), factories.officer(city.slug)

    def sign_in(self) -> None:
        """Begin new sessions."""
        self.browsers = {
            actor.id: Browser(self.site, actor) for actor in (self.merchant, self.officer)
        }

    def begin(self) -> None:
        """Begin a draft with all that a submission needs."""
        market_id, name = str(uuid4()), self.new_name()
        details = factories.details(market_id, name=name, contact_email=f"{market_id}@example.com")
        create_draft(self.merchant, market_id=market_id, city_slug=self.city.slug, details=details)
        self.application = ModelApplication(self.merchant.id, market_id, self.city.slug, name)

    def new_name(self) -> str:
        return f"Stall {self.random.random()}"

    def actor_of(self, action: str) -> Actor:
        return self.merchant if action in MERCHANT_ACTIONS else self.officer

    def form_of(self, action: str, name: str) -> tuple[str, dict[str, str]]:
        """Return the address and the fields of the form of an action on the last version."""
        actor, version = self.actor_of(action), self.application.version
        return filled_in(actor, self.application, action, version=version, name=name)
