"""What city halls decide. Each operation checks permission, version and state itself."""

from approvals.queries import get_market_for_review
from garage.actors import Actor
from garage.errors import InvalidDetails
from markets import history
from markets.lifecycle import Action
from markets.models import Market, MarketKey, ReasonCode

DECISION_TEXT_LENGTH = 4_000  # characters


def approve_market(
    actor: Actor, city_slug: str, key: MarketKey, *, expected_version: int
) -> Market:
    """Approve the version that the officer saw; VersionConflict if it is another now."""
    market = get_market_for_review(actor, city_slug, key)
    with history.change(actor, market, Action.APPROVE, expected_version=expected_version) as step:
        market.decided_at, market.decided_by = step.at, actor.id
    return market


def reject_market(
    actor: Actor,
    city_slug: str,
    key: MarketKey,
    *,
    expected_version: int,
    reason_code: ReasonCode,
    text: str,
) -> Market:
    """Reject the version that the officer saw, with a reason that the merchant reads."""
    if not text.strip() or len(text) > DECISION_TEXT_LENGTH:
        raise InvalidDetails(
            {"text": f"The text to the merchant has 1 to {DECISION_TEXT_LENGTH} characters."}
        )
    market = get_market_for_review(actor, city_slug, key)
    with history.change(
        actor, market, Action.REJECT, expected_version=expected_version, text=text
    ) as step:
        market.decided_at, market.decided_by = step.at, actor.id
        market.reason_code, market.decision_text = reason_code.value, text
    return market
