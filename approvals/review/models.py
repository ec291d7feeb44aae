"""What a city hall keeps for itself: notes on markets, and replies that it sends often."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from core.dynamodb import Table, table_name


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
