"""What the outbox promises, whatever was killed: checked when all mails are delivered."""

from collections import Counter
from datetime import timedelta

from core import clock
from markets.outbox.delivery import deliver_due
from markets.outbox.messages import messages_to
from markets.outbox.models import Message, MessageState
from markets.queries import load_market
from tests import factories
from tests.fire.forms import key_of
from tests.fire.kills.people import Work

LAST_ATTEMPT = timedelta(days=2)


def deliver_rest() -> None:
    """Send what killed runs have claimed and not sent, when it is due again.

    No other run may go on: it would not know how late it is.
    """
    with clock.freeze(clock.now() + LAST_ATTEMPT):
        list(deliver_due(factories.OPERATOR))
    assert waiting() == []


def waiting() -> list[Message]:
    """Return the mails that wait, and those that somebody has begun to send."""
    keys = list(Message.due.query(MessageState.WAITING.value))
    found = [Message.get(each.market_id, each.message_id, consistent_read=True) for each in keys]
    return [each for each in found if each.state == MessageState.WAITING]


def check_outbox(work: Work) -> None:
    """Each decision has one mail, which is sent if it stands, and cancelled or sent if not."""
    application = work.last
    if application is None:
        return
    messages = messages_to(load_market(key_of(application)))[::-1]
    assert [(each.action, each.version) for each in messages] == [
        (each.action, each.version) for each in application.mails
    ]
    for message, mail in zip(messages, application.mails, strict=True):
        if mail.state == "cancelled":
            assert (message.state, message.attempts) == (MessageState.CANCELLED, 0)
        elif application.is_true(mail):
            assert message.state == MessageState.SENT
        else:
            assert message.state in {MessageState.SENT, MessageState.CANCELLED}


def check_mails(works: list[Work], mails: list[dict[str, str]], kills: int) -> int:
    """Compare the outbox with what was sent; return how many mails were sent a second time.

    What is recorded as sent was sent: the mail service has it under its receipt. A mail is
    sent twice only if a run died while it sent this one, and one kill interrupts one attempt.
    """
    receipts = {mail["MessageId"] for mail in mails}
    sent = Counter(mail["To"][0] for mail in mails)
    interrupted = repeated = 0
    for work in works:
        if work.last is None:
            continue
        market = load_market(key_of(work.last))
        messages = messages_to(market)
        done = [each for each in messages if each.state == MessageState.SENT]
        assert receipts.issuperset(each.receipt or "" for each in done)
        # The last attempt of a cancelled one has found that it is no longer true.
        more = sum(max(int(each.attempts) - 1, 0) for each in messages)
        assert len(done) <= sent[market.contact_email or ""] <= len(done) + more
        repeated += sent[market.contact_email or ""] - len(done)
        interrupted += more
    assert interrupted <= kills
    return repeated
