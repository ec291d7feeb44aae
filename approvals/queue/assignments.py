"""Assigning applications to officers. This makes no new version: the application stays the same."""

from approvals.queries import get_market_for_review, get_version_for_review
from core.actors import Actor
from core.dynamodb import once
from core.errors import InvalidDetails
from identity.officers.models import UNNAMED
from identity.officers.operations import colleagues_of
from markets.models import Market, MarketKey

UNASSIGNED = ""
NOT_AN_OFFICER = "This person is not an officer of this city hall."


def assign_market(
    actor: Actor, city_slug: str, key: MarketKey, *, expected_version: int, assignee: str
) -> Market:
    """Assign the version that the officer saw to themselves, a colleague or nobody.

    `assignee` is the officer's `sub`, or UNASSIGNED. InvalidDetails if no officer
    of the city has this `sub`; VersionConflict if the application has changed.
    """
    market = get_version_for_review(actor, city_slug, key, expected_version=expected_version)
    name = _name_of(actor, city_slug, assignee)
    values = {"assignee": assignee or None, "assignee_name": name}

    def assign() -> Market:
        Market.update_unversioned(key, values, version=expected_version)
        market.assignee, market.assignee_name = assignee or None, name
        return market

    def done() -> Market | None:
        stored = get_market_for_review(actor, city_slug, key)
        same = (stored.version, stored.assignee) == (expected_version, assignee or None)
        return stored if same else None

    return once(assign, done)


def _name_of(actor: Actor, city_slug: str, sub: str) -> str | None:
    if sub == UNASSIGNED:
        return None
    if sub == actor.id:
        return actor.name or UNNAMED
    for colleague in colleagues_of(actor, city_slug):
        if colleague.sub == sub:
            return colleague.display_name
    raise InvalidDetails({"assignee": NOT_AN_OFFICER})
