"""The decisions of city halls. Each operation checks permission, version and status itself."""

from collections.abc import Sequence

from approvals.queries import get_market_for_review, get_version_for_review
from core.actors import Actor
from core.dynamodb import once
from core.errors import InvalidDetails
from markets import history
from markets.cities.queries import get_city
from markets.details import NAMES
from markets.lifecycle import Action, next_status
from markets.models import ChangeRequest, Market, MarketKey, ReasonCode
from markets.outbox import messages
from markets.outbox.messages import DecisionMessage, Mail
from markets.repeats import find_done

DECISION_TEXT_LENGTH = 4_000  # characters
REQUEST_LENGTH = 1_000


def approve_market(
    actor: Actor, city_slug: str, key: MarketKey, *, expected_version: int, text: str = ""
) -> Market:
    """Approve the version that the officer saw; VersionConflict if there is a newer one.

    As after every decision, the mail to the merchant is sent ten minutes later.
    """
    message = DecisionMessage(text=text)
    return decide_market(
        actor, city_slug, key, Action.APPROVE, message, expected_version=expected_version
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
    message = DecisionMessage(text=text, reason_code=reason_code)
    return decide_market(
        actor, city_slug, key, Action.REJECT, message, expected_version=expected_version
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
    should change in it; `text` may introduce them.
    """
    message = DecisionMessage(text=text, requests=requests)
    return decide_market(
        actor, city_slug, key, Action.REQUEST_CHANGES, message, expected_version=expected_version
    )


def undo_decision(actor: Actor, city_slug: str, key: MarketKey, *, expected_version: int) -> Market:
    """Return a decided application to its former position in the queue.

    TooLate once ten minutes have passed, or once the mail is being sent. The
    history keeps both the decision and the undoing.
    """

    def undo() -> Market:
        market = get_market_for_review(actor, city_slug, key)
        change = history.change(actor, market, Action.UNDO, expected_version=expected_version)
        with change as step:
            mails = messages.messages_to(market)
            # If there is no message of this version, it is not the decision's.
            if messages.undo_until(market, mails) is None:
                raise messages.too_late()
            messages.cancel(step.write, mails[0])
            market.clear_decision()
        return market

    def done() -> Market | None:
        return find_done(actor, key, Action.UNDO, expected_version=expected_version)

    return once(undo, done)


def decide_market(
    actor: Actor,
    city_slug: str,
    key: MarketKey,
    action: Action,
    message: DecisionMessage,
    *,
    expected_version: int,
) -> Market:
    """Make one of the decisions above, chosen by `action`, on the version that the officer saw."""
    check_message(action, message)
    reason_code = message.reason_code.value if message.reason_code else None
    text = message.text or None

    def decide() -> Market:
        market = get_market_for_review(actor, city_slug, key)
        with history.change(
            actor, market, action, expected_version=expected_version, text=text
        ) as step:
            if action != Action.REQUEST_CHANGES:
                market.decided_at, market.decided_by = step.at, actor.id
            market.reason_code, market.decision_text = reason_code, text
            market.change_requests = [
                ChangeRequest(field=field, message=request) for field, request in message.requests
            ]
            messages.enqueue(step, market, get_city(city_slug), action, message)
        return market

    def done() -> Market | None:
        requests = [{"field": field, "message": request} for field, request in message.requests]
        sent = {"reasonCode": reason_code, "decisionText": text, "changeRequests": requests}
        return find_done(
            actor, key, action, expected_version=expected_version, sent=sent, text=text
        )

    return once(decide, done)


def preview_decision(
    actor: Actor,
    city_slug: str,
    key: MarketKey,
    action: Action,
    message: DecisionMessage,
    *,
    expected_version: int,
) -> tuple[Market, Mail]:
    """Return the application and the mail of a decision, without deciding.

    Raises what `decide_market` would.
    """
    check_message(action, message)
    market = get_version_for_review(actor, city_slug, key, expected_version=expected_version)
    next_status(market.status, action)
    return market, messages.compose(market, get_city(city_slug), action, message)


def check_message(action: Action, message: DecisionMessage) -> None:
    """Raise InvalidDetails unless the message has all that this decision needs."""
    faults = {}
    if len(message.text) > DECISION_TEXT_LENGTH:
        faults["text"] = (
            f"The text to the merchant has more than {DECISION_TEXT_LENGTH} characters."
        )
    if action == Action.REJECT and not message.text.strip():
        faults["text"] = "The text to the merchant is missing."
    if action == Action.REQUEST_CHANGES:
        fields = [field for field, _ in message.requests]
        if not fields:
            faults["requests"] = "Say for at least one field what to change."
        if len(set(fields)) < len(fields) or not NAMES.keys() >= set(fields):
            faults["requests"] = "A field is named twice, or is not a field of an application."
        if not all(0 < len(request.strip()) <= REQUEST_LENGTH for _, request in message.requests):
            faults["requests"] = f"Each request must have 1 to {REQUEST_LENGTH} characters."
    if faults:
        raise InvalidDetails(faults)
