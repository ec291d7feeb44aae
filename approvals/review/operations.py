"""What city halls decide. Each operation checks permission, version and state itself."""

from collections.abc import Sequence

from approvals.queries import get_market_for_review
from core.actors import Actor
from core.errors import InvalidDetails, VersionConflict
from markets import history
from markets.cities.queries import get_city
from markets.details import NAMES
from markets.lifecycle import Action, next_status
from markets.models import ChangeRequest, Market, MarketKey, ReasonCode
from markets.outbox import messages
from markets.outbox.messages import DecisionMessage, Mail

DECISION_TEXT_LENGTH = 4_000  # characters
REQUEST_LENGTH = 1_000


def approve_market(
    actor: Actor, city_slug: str, key: MarketKey, *, expected_version: int, text: str = ""
) -> Market:
    """Approve the version that the officer saw; VersionConflict if it is another now.

    The merchant is written to ten minutes later; so it is with every decision.
    """
    words = DecisionMessage(text=text)
    return decide_market(
        actor, city_slug, key, Action.APPROVE, words, expected_version=expected_version
    )


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
    words = DecisionMessage(text=text, reason_code=reason_code)
    return decide_market(
        actor, city_slug, key, Action.REJECT, words, expected_version=expected_version
    )


def request_changes(
    actor: Actor,
    city_slug: str,
    key: MarketKey,
    *,
    expected_version: int,
    requests: Sequence[tuple[str, str]],
    text: str = "",
) -> Market:
    """Ask for changes of the version that the officer saw.

    `requests` are fields, by their names in JSON, each with what the merchant
    shall change in it; `text` may introduce them.
    """
    words = DecisionMessage(text=text, requests=requests)
    return decide_market(
        actor, city_slug, key, Action.REQUEST_CHANGES, words, expected_version=expected_version
    )


def undo_decision(actor: Actor, city_slug: str, key: MarketKey, *, expected_version: int) -> Market:
    """Put a market back where it was in the queue, as if it had not been decided.

    TooLate once ten minutes have passed or the merchant is being written to.
    The history keeps both the decision and this.
    """
    market = get_market_for_review(actor, city_slug, key)
    with history.change(actor, market, Action.UNDO, expected_version=expected_version) as step:
        mails = messages.messages_to(market)
        # Without the message of this very version, somebody has changed it since.
        if messages.undo_until(market, mails) is None:
            raise messages.too_late()
        messages.cancel(step.write, mails[0])
        market.clear_decision()
    return market


def decide_market(
    actor: Actor,
    city_slug: str,
    key: MarketKey,
    action: Action,
    words: DecisionMessage,
    *,
    expected_version: int,
) -> Market:
    """Decide the version that the officer saw: what the functions above do, under one name."""
    check_words(action, words)
    market = get_market_for_review(actor, city_slug, key)
    with history.change(
        actor, market, action, expected_version=expected_version, text=words.text or None
    ) as step:
        if action != Action.REQUEST_CHANGES:
            market.decided_at, market.decided_by = step.at, actor.id
        market.reason_code = words.reason_code.value if words.reason_code else None
        market.decision_text = words.text or None
        market.change_requests = [
            ChangeRequest(field=field, message=message) for field, message in words.requests
        ]
        messages.enqueue(step, market, get_city(city_slug), action, words)
    return market


def preview_decision(
    actor: Actor,
    city_slug: str,
    key: MarketKey,
    action: Action,
    words: DecisionMessage,
    *,
    expected_version: int,
) -> Mail:
    """Return the mail that a decision would send. It refuses as the decision would."""
    check_words(action, words)
    market = get_market_for_review(actor, city_slug, key)
    if market.version != expected_version:
        raise VersionConflict(f"{market.reference} was changed by somebody else in the meantime.")
    next_status(market.status, action)
    return messages.compose(market, get_city(city_slug), action, words)


def check_words(action: Action, words: DecisionMessage) -> None:
    """Raise InvalidDetails unless the words are what a decision of this kind needs."""
    faults = {}
    if len(words.text) > DECISION_TEXT_LENGTH:
        faults["text"] = (
            f"The text to the merchant has more than {DECISION_TEXT_LENGTH} characters."
        )
    if action == Action.REJECT and not words.text.strip():
        faults["text"] = "The text to the merchant is missing."
    if action == Action.REQUEST_CHANGES:
        fields = [field for field, _ in words.requests]
        if not fields:
            faults["requests"] = "Nothing is asked for: name at least one field."
        if len(set(fields)) < len(fields) or not NAMES.keys() >= set(fields):
            faults["requests"] = "A field is named twice, or is none of an application."
        if not all(0 < len(message.strip()) <= REQUEST_LENGTH for _, message in words.requests):
            faults["requests"] = f"What to change has 1 to {REQUEST_LENGTH} characters a field."
    if faults:
        raise InvalidDetails(faults)
