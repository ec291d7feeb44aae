"""The outbox: what a city writes to a merchant, from its decision to its delivery.

A message is written in the transaction of the decision that it tells of, so
that there is never the one without the other. It waits ten minutes, in which
the decision can be undone, and the message with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from uuid6 import uuid7

from core import clock
from core.dynamodb import Transaction
from core.errors import AlreadyExists, DomainError
from markets.cities.models import City
from markets.history.operations import Step
from markets.lifecycle import Action, next_status
from markets.models import Language, Market, ReasonCode
from markets.outbox.models import Message, MessageState
from markets.translations import FIELDS, NAMES, REASONS

TIME_TO_UNDO = timedelta(minutes=10)


class TooLate(DomainError):
    """The message has been sent, or is on its way: its decision stands."""

    status = 409
    title = "Too late"


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What a decision would write to the merchant; nothing is sent by making one."""

    to: str
    language: Language
    subject: str
    body: str


@dataclass(frozen=True, kw_only=True)
class DecisionMessage:
    """What an officer says with a decision: all of it reaches the merchant.

    `requests` are the fields to change, by their names in JSON, with a message each.
    """

    text: str = ""
    reason_code: ReasonCode | None = None
    requests: Sequence[tuple[str, str]] = ()


def compose(market: Market, city: City, action: Action, words: DecisionMessage) -> Mail:
    """Return the mail that tells a market's merchant of a decision, in their language."""
    language = Language(market.language or Language.EN)
    page = settings.SITE_ORIGIN + reverse("markets:detail", args=[market.market_id])
    mail = render_to_string(
        f"mail/{language.value}/{action.value}.txt",
        {
            "market": market,
            "city": city,
            "text": words.text,
            "reason": REASONS[language][words.reason_code] if words.reason_code else "",
            "requests": [
                (FIELDS[language][NAMES[field]], message) for field, message in words.requests
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
    step: Step, market: Market, city: City, action: Action, words: DecisionMessage
) -> Message:
    """Write the message of a decision into its very transaction."""
    mail = compose(market, city, action, words)
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
        conflict=AlreadyExists("This message is written already."),
    )
    return message


def cancel(write: Transaction, message: Message) -> None:
    """Take back a message that nobody has begun to send; TooLate if somebody has."""
    message.state = MessageState.CANCELLED.value
    write.save(
        message,
        condition=(Message.state == MessageState.WAITING.value) & (Message.attempts == 0),
        conflict=too_late(),
    )


def too_late() -> TooLate:
    minutes = int(TIME_TO_UNDO.total_seconds() // 60)
    return TooLate(
        f"A decision can be undone for {minutes} minutes, until the merchant is written to."
        " This one stands."
    )


def messages_to(market: Market) -> list[Message]:
    """Return the messages about a market that was read with permission, newest first."""
    return list(Message.query(market.market_id, scan_index_forward=False, consistent_read=True))


def standing_messages(market: Market) -> list[Message]:
    """Return those that were not taken back, newest first: what a merchant is shown."""
    return [each for each in messages_to(market) if each.state != MessageState.CANCELLED]


def undo_until(market: Market, mails: Sequence[Message]) -> datetime | None:
    """Return until when the market's decision can be undone; None if it cannot be now.

    `mails` are all messages about it, newest first.
    """
    newest = mails[0] if mails else None
    if newest is None or newest.version != market.version or newest.attempts:
        return None
    waits = newest.state == MessageState.WAITING and clock.now() < newest.due_at
    return newest.due_at if waits else None


def is_overtaken(message: Message, market: Market) -> bool:
    """Whether the market has moved on, so that the message would no longer be true."""
    status = next_status("submitted", Action(message.action))
    submitted_since = market.submitted_at is not None and market.submitted_at > message.at
    return market.status != status or submitted_since
