"""Whether a change of a market is done already, for a merchant or officer who sends it again."""

from collections.abc import Mapping
from typing import Any

from core.actors import Actor
from markets.details import JSON_NAMES, NAMES, MarketDetails
from markets.history.queries import history_of
from markets.history.records import recorded
from markets.lifecycle import Action
from markets.models import Market, MarketKey, Status
from markets.queries import find_market


def find_done(
    actor: Actor,
    key: MarketKey,
    action: Action,
    *,
    expected_version: int,
    sent: Mapping[str, Any] | None = None,
    text: str | None = None,
) -> Market | None:
    """Return the market if its latest version is this very change by this actor; else None.

    The change was made to `expected_version`. `sent` has the recorded fields that it set,
    under their names in JSON; `text` is what was written to the merchant.
    """
    if (market := find_market(key)) is None:
        return None
    current = recorded(market)
    same = all(current[name] == value for name, value in (sent or {}).items())
    if market.version != expected_version + 1 or not same:
        return None
    if market.status == Status.DRAFT:  # nobody else writes a draft, and it has no history
        return market if action == Action.REVISE and market.user_id == actor.id else None
    # Others may have changed it again since it was read.
    entry, *_later = history_of(market, after=expected_version)
    by_author = (entry.actor_id, entry.action, entry.text) == (actor.id, action.value, text)
    # Another page of the same author may have changed other fields.
    others = (entry.after.keys() & NAMES.keys()) - (sent or {}).keys()
    is_another = action == Action.REVISE and bool(others)
    return market if by_author and not is_another else None


def recorded_details(details: MarketDetails, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the details that `names` has, as the history records them."""
    market = Market()
    details.write_to(market)
    current = recorded(market)
    return {JSON_NAMES[name]: current[JSON_NAMES[name]] for name in names}
