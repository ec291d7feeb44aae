"""What city halls read of one application. Each query checks permission itself."""

from core.actors import Actor
from core.errors import NotFound, VersionConflict
from identity.permissions import require_reviewer
from markets.models import Market, MarketKey, Status
from markets.queries import load_market

# A city never sees drafts.
QUEUES = tuple(status for status in Status if status != Status.DRAFT)


def get_market_for_review(actor: Actor, city_slug: str, key: MarketKey) -> Market:
    """Return an application submitted to a city that the actor decides for; else NotFound."""
    require_reviewer(actor, city_slug)
    market = load_market(key)
    if market.city != city_slug or market.status == Status.DRAFT:
        raise NotFound("There is no such application.")
    return market


def get_version_for_review(
    actor: Actor, city_slug: str, key: MarketKey, *, expected_version: int
) -> Market:
    """Return what `get_market_for_review` does; VersionConflict if it has another version now."""
    market = get_market_for_review(actor, city_slug, key)
    if market.version != expected_version:
        raise VersionConflict(f"{market.reference} was changed in the meantime.")
    return market
