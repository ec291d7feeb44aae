"""What a city hall keeps for itself: notes on markets, and replies that it sends often."""

from django.db.models import TextChoices
from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute, VersionAttribute

from core.dynamodb import Table, table_name
from markets.lifecycle import Action
from markets.models import Language


class Note(Table):
    """What an officer wrote about a market for colleagues; the merchant never reads it.

    Written once: no note is changed or taken back.
    """

    class Meta:
        table_name = table_name("notes")

    market_id = UnicodeAttribute(hash_key=True, attr_name="marketId")
    note_id = UnicodeAttribute(range_key=True, attr_name="noteId")  # UUID of version 7
    at = UTCDateTimeAttribute()
    author_id = UnicodeAttribute(attr_name="authorId")
    author_name = UnicodeAttribute(attr_name="authorName")
    text = UnicodeAttribute()


class Occasion(TextChoices):
    """The decisions for which a city keeps replies."""

    APPROVE = Action.APPROVE.value, "Approving"
    REJECT = Action.REJECT.value, "Rejecting"
    REQUEST_CHANGES = Action.REQUEST_CHANGES.value, "Asking for changes"


class Reply(Table):
    """A text that a city's officers begin a decision with, in one language.

    `text` has placeholders (approvals.replies) for what differs from market to market.
    """

    class Meta:
        table_name = table_name("replies")

    city = UnicodeAttribute(hash_key=True)
    key = UnicodeAttribute(range_key=True, attr_name="replyKey")  # language#id
    version = VersionAttribute()
    title = UnicodeAttribute()
    action = UnicodeAttribute()
    text = UnicodeAttribute()

    @property
    def language(self) -> Language:
        return Language(self.key.partition("#")[0])

    @property
    def reply_id(self) -> str:
        return self.key.partition("#")[2]

    @property
    def occasion(self) -> Occasion:
        return Occasion(self.action)
