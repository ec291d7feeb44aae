"""On whose desk a market is. No version of it: what the merchant wrote stays the same."""

from approvals.queries import get_market_for_review
from core.actors import Actor
from core.errors import InvalidDetails, VersionConflict
from identity.officers.operations import colleagues_of
from markets.models import Market, MarketKey

NOBODY = ""


def assign_market(
    actor: Actor, city_slug: str, key: MarketKey, *, expected_version: int, assignee: str
) -> Market:
    """Put the version that the officer saw on a desk: their own, a colleague's or (NOBODY) none.

    `assignee` is the officer's `sub`; InvalidDetails if nobody at the city's
    desk has it, VersionConflict if the market has changed.
    """
    market = get_market_for_review(actor, city_slug, key)
    if market.version != expected_version:
        raise VersionConflict(f"{market.reference} was changed by somebody else in the meantime.")
    name = _name_of(actor, city_slug, assignee)
    values = {"assignee": assignee or None, "assignee_name": name}
    Market.update_unversioned(key, values, version=expected_version)
    market.assignee, market.assignee_name = assignee or None, name
    return market


def _name_of(actor: Actor, city_slug: str, sub: str) -> str | None:
    if sub == NOBODY:
        return None
    if sub == actor.id:
        return actor.name or "An officer without a name"
    for colleague in colleagues_of(actor, city_slug):
        if colleague.sub == sub:
            return colleague.display_name
    raise InvalidDetails({"assignee": "Nobody of this city hall has that name."})
