"""A mail to a merchant, and whether it was sent."""

from django.db.models import TextChoices
from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from core.dynamodb import Table, table_name


class MessageState(TextChoices):
    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not delivered"
    CANCELLED = "cancelled", "Cancelled"


class DueIndex(GlobalSecondaryIndex["Message"]):
    """The messages of one state, the longest due first."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    state = UnicodeAttribute(hash_key=True)
    due_at = UTCDateTimeAttribute(range_key=True, attr_name="dueAt")


class Message(Table):
    """A mail to a merchant, exactly as it is sent, and whether it was sent."""

    class Meta:
        table_name = table_name("outbox")

    due = DueIndex()

    market_id = UnicodeAttribute(hash_key=True, attr_name="marketId")
    message_id = UnicodeAttribute(range_key=True, attr_name="messageId")  # UUID of version 7
    user_id = UnicodeAttribute(attr_name="userId")
    reference = UnicodeAttribute()
    version = NumberAttribute()  # of the market, which the decision made
    action = UnicodeAttribute()
    at = UTCDateTimeAttribute()

    to = UnicodeAttribute()
    reply_to = UnicodeAttribute(attr_name="replyTo")
    language = UnicodeAttribute()
    subject = UnicodeAttribute()
    body = UnicodeAttribute()

    state = UnicodeAttribute()
    due_at = UTCDateTimeAttribute(attr_name="dueAt")
    attempts = NumberAttribute(default=0)
    sent_at = UTCDateTimeAttribute(null=True, attr_name="sentAt")
    receipt = UnicodeAttribute(null=True)  # the message's id at the mail service
    failure = UnicodeAttribute(null=True)  # name of the last attempt's error

    @property
    def state_label(self) -> str:
        return MessageState(self.state).label

    @property
    def as_read(self) -> Condition:
        """The condition that it is still waiting, with the same due time, as when it was read."""
        waiting = Message.state == MessageState.WAITING.value
        as_due: Condition = waiting & (Message.due_at == self.due_at)
        return as_due
