"""The city hall's private notes on applications."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from core.dynamodb import Table, table_name


class Note(Table):
    """A note by an officer for colleagues; the merchant never reads it.

    No note is changed or deleted, but its text is erased with the merchant's data.
    """

    class Meta:
        table_name = table_name("notes")

    market_id = UnicodeAttribute(hash_key=True, attr_name="marketId")
    note_id = UnicodeAttribute(range_key=True, attr_name="noteId")  # UUID of version 7
    at = UTCDateTimeAttribute()
    author_id = UnicodeAttribute(attr_name="authorId")
    author_name = UnicodeAttribute(attr_name="authorName")
    text = UnicodeAttribute()
