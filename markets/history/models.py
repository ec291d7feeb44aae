"""The record of one change of a market."""

from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from core.dynamodb import Table, table_name


class HistoryRecord(Table):
    """The change that made a version of a market: written with it, never changed.

    `before` and `after` hold the fields that differ, under their names in JSON.
    `text` was shown to the merchant; `note` is only for officers. `previous` is the
    hash of the record before. `salts` belong to values that can be erased,
    `commitments` replace values that were erased: see markets.history.chain.
    """

    class Meta:
        table_name = table_name("history")

    market_id = UnicodeAttribute(hash_key=True, attr_name="marketId")
    version = NumberAttribute(range_key=True)
    at = UTCDateTimeAttribute()
    actor_id = UnicodeAttribute(attr_name="actorId")
    actor_name = UnicodeAttribute(null=True, attr_name="actorName")  # of an officer
    channel = UnicodeAttribute()
    action = UnicodeAttribute()
    before = JSONAttribute()
    after = JSONAttribute()
    text = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    salts = JSONAttribute(null=True)  # place, such as after.phone → salt, hexadecimal
    commitments = JSONAttribute(null=True)  # place → commitment
    previous = UnicodeAttribute()  # empty in the first
    hash = UnicodeAttribute()
