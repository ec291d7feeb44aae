"""The outbox: the messages in which a city tells merchants its decisions.

A message is written in the transaction of its decision, so neither exists without the
other. It is sent after ten minutes; until then the decision can be undone, which also
cancels the message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, override
from uuid6 import uuid7

from core import clock
from core.dynamodb import Transaction
from core.errors import AlreadyExists, DomainError
from markets.cities.models import City
from markets.details import LABELS, NAMES
from markets.history.operations import Step
from markets.lifecycle import Action, next_status
from markets.models import Language, Market, ReasonCode
from markets.outbox.models import Message, MessageState

TIME_TO_UNDO = timedelta(minutes=10)


class TooLate(DomainError):
    """The message of the decision is sent or being sent, so the decision stays."""

    status = 409
    title = "Too late"


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail about a decision. Creating one sends nothing."""

    to: str
    language: Language
    subject: str
    body: str


@dataclass(frozen=True, kw_only=True)
class DecisionMessage:
    """What an officer writes to the merchant with a decision.

    `requests` are the fields to change, by their names in JSON, each with a message.
    """

    text: str = ""
    reason_code: ReasonCode | None = None
    requests: Sequence[tuple[str, str]] = ()


def compose(market: Market, city: City, action: Action, decision: DecisionMessage) -> Mail:
    """Return the mail about a decision, in the merchant's language."""
    language = Language(market.language or Language.EN)
    page = settings.SITE_ORIGIN + reverse("markets:detail", args=[market.market_id])
    with override(language.value):
        mail = render_to_string(
            f"mail/{action.value}.txt",
            {
                "market": market,
                "city": city,
                "text": decision.text,
                "reason": gettext(decision.reason_code.label) if decision.reason_code else "",
                "requests": [
                    (gettext(LABELS[NAMES[field]]), message) for field, message in decision.requests
                ],
                "page": page,
            },
        )
    subject, _, body = mail.partition("\n\n")
    return Mail(
        to=market.contact_email or "",
        language=language,
        subject=" ".join(subject.removeprefix("Subject:").split()),
        body=body.strip() + "\n",
    )


def enqueue(
    step: Step, market: Market, city: City, action: Action, decision: DecisionMessage
) -> Message:
    """Write the message about a decision in the decision's own transaction."""
    mail = compose(market, city, action, decision)
    message = Message(
        market.market_id,
        str(uuid7()),
        user_id=market.user_id,
        reference=market.reference,
        version=(market.version or 0) + 1,
        action=action.value,
        at=step.at,
        to=mail.to,
        reply_to=city.contact,
        language=mail.language.value,
        subject=mail.subject,
        body=mail.body,
        state=MessageState.WAITING.value,
        due_at=step.at + TIME_TO_UNDO,
    )
    step.write.save(
        message,
        condition=Message.message_id.does_not_exist(),
        conflict=AlreadyExists("This message exists already."),
    )
    return message


def cancel(write: Transaction, message: Message) -> None:
    """Cancel a message; TooLate if an attempt to send it has begun."""
    message.state = MessageState.CANCELLED.value
    write.save(
        message,
        condition=(Message.state == MessageState.WAITING.value) & (Message.attempts == 0),
        conflict=too_late(),
    )


def too_late() -> TooLate:
    minutes = int(TIME_TO_UNDO.total_seconds() // 60)
    return TooLate(
        f"A decision can be undone for {minutes} minutes, until the message to the merchant"
        " is sent. This decision can no longer be undone."
    )


def messages_to(market: Market) -> list[Message]:
    """Return the messages about a market, newest first. The caller has checked permission."""
    return list(Message.query(market.market_id, scan_index_forward=False, consistent_read=True))


def standing_messages(market: Market) -> list[Message]:
    """Return the messages that were not cancelled, newest first, for the merchant."""
    return [each for each in messages_to(market) if each.state != MessageState.CANCELLED]


def undo_until(market: Market, mails: Sequence[Message]) -> datetime | None:
    """Return until when the market's decision can be undone; None if it cannot be undone.

    `mails` are all messages about it, newest first.
    """
    newest = mails[0] if mails else None
    if newest is None or newest.version != market.version or newest.attempts:
        return None
    waiting = newest.state == MessageState.WAITING and clock.now() < newest.due_at
    return newest.due_at if waiting else None


def is_outdated(message: Message, market: Market) -> bool:
    """Whether the market has changed since, so that the message is no longer true."""
    status = next_status("submitted", Action(message.action))
    submitted_since = market.submitted_at is not None and market.submitted_at > message.at
    return market.status != status or submitted_since
