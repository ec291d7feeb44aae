"""Applications in each status, and those who write to them, each in a browser."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from approvals.review.operations import request_changes
from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from markets.operations import withdraw_market
from tests import factories
from tests.fire.forms import CHANGE
from tests.fire.pairs import MAX_SESSION
from tests.fire.server import Browser

PHOTOS = 3  # two people each move another one


def with_changes_requested(actor: Actor, city: City, **details: object) -> Market:
    market = factories.submitted(actor, city, **details)
    return request_changes(
        factories.officer(city.slug),
        city.slug,
        market.key,
        expected_version=2,
        requests=[("marketName", CHANGE)],
    )


def withdrawn(actor: Actor, city: City, **details: object) -> Market:
    """Withdrawn after a decision, whose message still waits."""
    market = factories.approved(actor, city, **details)
    return withdraw_market(actor, market.key, expected_version=3)


MAKE: Mapping[str, Callable[..., Market]] = {
    "draft": factories.draft,
    "submitted": factories.submitted,
    "changes_requested": with_changes_requested,
    "approved": factories.approved,
    "rejected": factories.rejected,
    "withdrawn": withdrawn,
}


def application_in(status: str, actor: Actor, city: City) -> Market:
    """Return an application with several photos, and an address of its own for its mails."""
    market_id = str(uuid4())
    return MAKE[status](
        actor,
        city,
        market_id=market_id,
        photos=tuple(factories.photo(market_id) for _ in range(PHOTOS)),
        contact_email=f"{market_id}@example.com",
    )


@dataclass
class Officers:
    """Two officers of a city, with their browsers."""

    site: str
    city: City
    signed_in: float = -MAX_SESSION
    browsers: list[tuple[Actor, Browser]] = field(default_factory=list)

    def sign_in(self) -> None:
        """Begin new sessions if the old ones would soon be renewed."""
        if time.monotonic() - self.signed_in < MAX_SESSION:
            return
        actors = [factories.officer(self.city.slug) for _ in range(2)]
        self.browsers = [(actor, Browser(self.site, actor)) for actor in actors]
        self.signed_in = time.monotonic()
