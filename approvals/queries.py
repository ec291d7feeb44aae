"""What city halls and the public read; each query asks for permission itself."""

from approvals.permissions import require_reviewer
from garage.actors import Actor
from garage.dynamodb import Page, start_key
from garage.errors import NotFound
from markets.models import Market, MarketKey, Status
from markets.queries import load_market

PROGRAMME_PAGE_SIZE = 24  # fills rows of two, three and four

# A draft is its merchant's alone: a city sees what was handed in.
QUEUES = tuple(status for status in Status if status != Status.DRAFT)


def get_market_for_review(actor: Actor, city_slug: str, key: MarketKey) -> Market:
    """Return a market handed in to a city that the actor decides for; else NotFound."""
    require_reviewer(actor, city_slug)
    market = load_market(key)
    if market.city != city_slug or market.status == Status.DRAFT:
        raise NotFound("There is no such application.")
    return market


def page_of_programme(city_slug: str, *, cursor: str | None = None) -> Page[Market]:
    """Return a city's approved markets, whole, the earliest first; for everybody.

    The index lags behind by moments, so each market is read again and shown
    only if it is approved now.
    """
    page = _page(city_slug, Status.APPROVED, cursor, PROGRAMME_PAGE_SIZE)
    found = Market.batch_get([market.key for market in page.items], consistent_read=True)
    now = {market.key: market for market in found if market.approved}
    return Page(
        tuple(now[market.key] for market in page.items if market.key in now), page.next_cursor
    )


def _page(city_slug: str, status: Status, cursor: str | None, size: int) -> Page[Market]:
    query = f"city:{city_slug}:{status.value}"
    return Page.of(
        Market.by_city.query(
            city_slug,
            Market.queue_key.startswith(f"{status.value}#"),
            limit=size,
            last_evaluated_key=start_key(cursor, query=query),
        ),
        query=query,
    )
