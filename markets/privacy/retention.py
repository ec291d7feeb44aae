"""What is kept no longer than needed: settled applications lose their person, drafts go.

The rule, and why, is in docs/decisions/0011-erasure.md.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from core import clock
from core.actors import Actor, Kind
from core.errors import NotAllowed, NotFound
from markets.cities.queries import all_cities
from markets.models import Market, Status
from markets.privacy.erasure import Erasure, erase_market, fate_of
from markets.queries import load_market

YEAR = timedelta(days=365.25)
DRAFTS_KEPT_FOR = YEAR * 1.5  # after the last change; a second yearly call has passed by then


def apply_retention(actor: Actor, *, dry_run: bool = False) -> Iterator[Erasure]:
    """Erase what is overdue; yield each application that this changed, or would with `dry_run`.

    For operators. What broke off half way before is finished. Unavailable when
    DynamoDB or the bucket does not answer: then do it again.
    """
    if actor.kind != Kind.OPERATOR:
        raise NotAllowed("Only operators see to how long things are kept.")
    for market in overdue():
        fate = fate_of(market)
        if fate and dry_run:
            yield Erasure(market.market_id, market.reference, market.status, fate)
        elif done := erase_market(actor, market):
            yield done


def overdue() -> Iterator[Market]:
    """Yield what is to be erased now, city by city; for operations, which check permission."""
    now = clock.now()
    settled_before = now - settings.GARAGE.retention_years * YEAR
    untouched_before = now - DRAFTS_KEPT_FOR
    for city in all_cities():
        for found in Market.unsubmitted.query(city.slug, Market.updated_at < untouched_before):
            market = _now(found)
            if market and _is_overdue(market, settled_before, untouched_before):
                yield market
        for status in Status:
            if status == Status.DRAFT:
                continue
            # Nothing is settled before it is submitted.
            handed_in = Market.queue_key.between(
                f"{status.value}#", f"{status.value}#{settled_before.isoformat()}"
            )
            for found in Market.by_city.query(city.slug, handed_in):
                market = _now(found)
                if market and _is_overdue(market, settled_before, untouched_before):
                    yield market


def _is_overdue(market: Market, settled_before: datetime, untouched_before: datetime) -> bool:
    if market.erasure_state:
        return True
    if market.status == Status.DRAFT:
        return market.updated_at < untouched_before
    return fate_of(market) is not None and _settled_at(market) < settled_before


def _settled_at(market: Market) -> datetime:
    """Return since when nobody waits for anything: the decision, or else the last change."""
    return market.decided_at or market.updated_at


def _now(found: Market) -> Market | None:
    """Return a market as it is now, since the indexes lag behind; None if it is gone."""
    try:
        return load_market(found.key)
    except NotFound:
        return None
