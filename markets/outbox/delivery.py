"""The delivery of what waits in the outbox: by mail, once, with patience.

Safe to run at the same time twice. Whoever delivers a message claims it first,
by a conditional write that also says when it is due again should nothing come
of the attempt. A run that dies between the sending and the note of it leaves a
message that is sent again: a decision that arrives twice does less harm than
one that does not arrive.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core import clock, deadline
from core.actors import Actor, Kind
from core.errors import NotAllowed, NotFound
from markets.models import MarketKey
from markets.outbox.messages import is_overtaken
from markets.outbox.models import Message, MessageState
from markets.queries import load_market

if TYPE_CHECKING:
    from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger(__name__)

PATIENCE = (
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""How long after each attempt the next may begin; after the last there is none."""


LONGEST = 10.0
"""Seconds that a message may take, with SES slow and trying again."""


@dataclass(frozen=True)
class Delivery:
    """What became of a due message in one run; `state` waiting means: later again."""

    reference: str
    action: str
    state: MessageState
    attempts: int
    failure: str | None = None


def deliver_due(actor: Actor, *, dry_run: bool = False) -> Iterator[Delivery]:
    """Send what is due, the longest due first; yield each message that this run took.

    With `dry_run` nothing is written or sent, and what would be sent is yielded.
    """
    if actor.kind != Kind.OPERATOR:
        raise NotAllowed("Only operators deliver messages.")
    from django.core.mail import mailers

    mailer = mailers.default
    due = Message.due.query(MessageState.WAITING.value, Message.due_at <= clock.now())
    # The index lags behind by moments: each message is read again.
    for key in [(each.market_id, each.message_id) for each in due]:
        if not dry_run and not deadline.has_time_for(LONGEST):
            return  # claimed and cut off, a message would wait for its next attempt
        message = Message.get(*key, consistent_read=True)
        now = clock.now()
        if message.state != MessageState.WAITING or message.due_at > now:
            continue
        if dry_run or _claim(message, now):
            yield _deliver(message, mailer, dry_run=dry_run)


def _claim(message: Message, now: datetime) -> bool:
    """Begin an attempt, unless somebody else has begun it, or the message is gone."""
    attempts = int(message.attempts)
    return message.update_if(
        message.as_read,
        Message.attempts.set(attempts + 1),
        Message.due_at.set(now + PATIENCE[min(attempts, len(PATIENCE) - 1)]),
    )


def _deliver(message: Message, mailer: "BaseEmailBackend", *, dry_run: bool) -> Delivery:
    if _is_overtaken(message):
        update = [Message.state.set(MessageState.CANCELLED.value), Message.failure.set("Overtaken")]
    elif dry_run:
        return _delivery(message, MessageState.SENT)
    else:
        update = _send(message, mailer)
    if dry_run:
        return _delivery(message, MessageState.CANCELLED)
    if not message.update_if(message.as_read, *update):
        # So slow that somebody else took over: theirs is the word on it.
        message.refresh(consistent_read=True)
    return _delivery(message, MessageState(message.state))


def _is_overtaken(message: Message) -> bool:
    try:
        market = load_market(MarketKey(message.user_id, message.market_id))
    except NotFound:
        return True
    return is_overtaken(message, market)


def _send(message: Message, mailer: "BaseEmailBackend") -> list[Any]:
    """Send a message; return what is to be noted about it."""
    from django.core.mail import EmailMessage

    mail = EmailMessage(
        message.subject,
        message.body,
        to=[message.to],
        reply_to=[message.reply_to],
    )
    try:
        mailer.send_messages([mail])
    # Whatever is wrong with one message, it must not keep the others waiting.
    except Exception as fault:  # noqa: BLE001
        name = type(fault).__name__
        # Not its words, which may hold an address.
        logger.warning("message %s not sent: %s", message.message_id, name)
        given_up = message.attempts >= len(PATIENCE)
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
