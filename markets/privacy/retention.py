"""Retention: after some time, decided applications lose their personal data and drafts go.

The rule and its reasons are in docs/decisions/0011-erasure.md.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from core import clock
from core.actors import Actor
from core.errors import NotFound
from identity.permissions import require_operator
from markets.cities.queries import all_cities
from markets.models import Market, Status
from markets.privacy.erasure import Erasure, erase_market, outcome_of
from markets.queries import load_market

YEAR = timedelta(days=365.25)
DRAFT_RETENTION = YEAR * 1.5  # after the last change; a second yearly call has passed by then


def apply_retention(actor: Actor, *, dry_run: bool = False) -> Iterator[Erasure]:
    """Erase overdue applications; yield each that this changed, or would change (`dry_run`).

    Only for operators. Completes erasures that were interrupted. Raises Unavailable when
    DynamoDB or the bucket does not answer; then run it again.
    """
    require_operator(actor, "Only operators apply the retention rule.")
    for market in iter_overdue():
        outcome = outcome_of(market)
        if outcome and dry_run:
            yield Erasure(market.market_id, market.reference, market.status, outcome)
        elif erasure := erase_market(actor, market):
            yield erasure


def iter_overdue() -> Iterator[Market]:
    """Yield the markets to erase now, city by city. The caller has checked permission."""
    now = clock.now()
    settled_before = now - settings.GARAGE.retention_years * YEAR
    unchanged_before = now - DRAFT_RETENTION
    for city in all_cities():
        for found in Market.unsubmitted.query(city.slug, Market.updated_at < unchanged_before):
            market = _load(found)
            if market and _is_overdue(market, settled_before, unchanged_before):
                yield market
        for status in Status:
            if status == Status.DRAFT:
                continue
            # A market is settled after it is submitted.
            submitted = Market.queue_key.between(
                f"{status.value}#", f"{status.value}#{settled_before.isoformat()}"
            )
            for found in Market.by_city.query(city.slug, submitted):
                market = _load(found)
                if market and _is_overdue(market, settled_before, unchanged_before):
                    yield market


def _is_overdue(market: Market, settled_before: datetime, unchanged_before: datetime) -> bool:
    if market.erasure_state:
        return True
    if market.status == Status.DRAFT:
        return market.updated_at < unchanged_before
    return outcome_of(market) is not None and _settled_at(market) < settled_before


def _settled_at(market: Market) -> datetime:
    """Return when the application was decided, or else last changed."""
    return market.decided_at or market.updated_at


def _load(found: Market) -> Market | None:
    """Return the latest version of a market found by an index; None if it is deleted."""
    try:
        return load_market(found.key)
    except NotFound:
        return None
