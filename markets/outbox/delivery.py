"""Sending the messages in the outbox by mail, with retries.

Two runs at the same time are safe. A run claims each message first, by a conditional
write that also sets when the message is due again if the attempt fails. A run that
dies after sending and before recording it leaves a message that is sent again: a
decision that arrives twice does less harm than one that never arrives.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core import clock, deadline
from core.actors import Actor
from core.errors import NotFound
from identity.permissions import require_operator
from markets.models import MarketKey
from markets.outbox.messages import is_outdated
from markets.outbox.models import Message, MessageState
from markets.queries import load_market

if TYPE_CHECKING:
    from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger(__name__)

RETRY_DELAYS = (
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""The time after each failed attempt until the next; after the last there is no other."""

MAX_SECONDS = 10.0
"""That one message may take, with a slow SES and its retries."""


@dataclass(frozen=True)
class Delivery:
    """The result for a due message in one run; if `state` is waiting, it is tried again later."""

    reference: str
    action: str
    state: MessageState
    attempts: int
    failure: str | None = None


def deliver_due(actor: Actor, *, dry_run: bool = False) -> Iterator[Delivery]:
    """Send the due messages, the longest due first; yield each message that this run claimed.

    With `dry_run` nothing is written or sent, and the messages to send are yielded.
    """
    require_operator(actor, "Only operators deliver messages.")
    from django.core.mail import mailers

    mailer = mailers.default
    due = Message.due.query(MessageState.WAITING.value, Message.due_at <= clock.now())
    # The index is eventually consistent, so each message is read again.
    for key in [(each.market_id, each.message_id) for each in due]:
        if not dry_run and not deadline.has_time_for(MAX_SECONDS):
            return  # a message that is claimed but not sent has to wait for its next attempt
        message = Message.get(*key, consistent_read=True)
        now = clock.now()
        if message.state != MessageState.WAITING or message.due_at > now:
            continue
        if dry_run or _claim(message, now):
            yield _deliver(message, mailer, dry_run=dry_run)


def _claim(message: Message, now: datetime) -> bool:
    """Begin an attempt; False if another run has begun it or the message is gone."""
    attempts = int(message.attempts)
    return message.update_if(
        message.as_read,
        Message.attempts.set(attempts + 1),
        Message.due_at.set(now + RETRY_DELAYS[min(attempts, len(RETRY_DELAYS) - 1)]),
    )


def _deliver(message: Message, mailer: "BaseEmailBackend", *, dry_run: bool) -> Delivery:
    if _is_outdated(message):
        update = [Message.state.set(MessageState.CANCELLED.value), Message.failure.set("Outdated")]
    elif dry_run:
        return _delivery(message, MessageState.SENT)
    else:
        update = _send(message, mailer)
    if dry_run:
        return _delivery(message, MessageState.CANCELLED)
    if not message.update_if(message.as_read, *update):
        # Slow, so that another run has claimed it: the result of that run counts.
        message.refresh(consistent_read=True)
    return _delivery(message, MessageState(message.state))


def _is_outdated(message: Message) -> bool:
    try:
        market = load_market(MarketKey(message.user_id, message.market_id))
    except NotFound:
        return True
    return is_outdated(message, market)


def _send(message: Message, mailer: "BaseEmailBackend") -> list[Any]:
    """Send a message; return the updates that record the result."""
    from django.core.mail import EmailMessage

    mail = EmailMessage(
        message.subject,
        message.body,
        to=[message.to],
        reply_to=[message.reply_to],
    )
    try:
        mailer.send_messages([mail])
    # A fault of one message must not stop the others.
    except Exception as fault:  # noqa: BLE001
        name = type(fault).__name__
        # Not the text of the error, which may contain an address.
        logger.warning("message %s not sent: %s", message.message_id, name)
        given_up = message.attempts >= len(RETRY_DELAYS)
        state = MessageState.FAILED if given_up else MessageState.WAITING
        return [Message.state.set(state.value), Message.failure.set(name)]
    receipt = mail.extra_headers.get("message_id", "")
    return [
        Message.state.set(MessageState.SENT.value),
        Message.sent_at.set(clock.now()),
        Message.receipt.set(receipt),
        Message.failure.remove(),
    ]


def _delivery(message: Message, state: MessageState) -> Delivery:
    return Delivery(
        message.reference, message.action, state, int(message.attempts), message.failure
    )
