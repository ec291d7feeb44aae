"""The record of an account that was deleted."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute, VersionAttribute

from core.dynamodb import Table, table_name


class ClosedAccount(Table):
    """A merchant's account that is closed for good, and whether all its data is erased.

    It names nobody: `user_id` is a random number, which leads to nobody after the sign-in
    is deleted. It is kept, because it refuses whatever would be written later.
    """

    class Meta:
        table_name = table_name("closed-accounts")

    user_id = UnicodeAttribute(hash_key=True, attr_name="userId")
    version = VersionAttribute()
    closed_at = UTCDateTimeAttribute(attr_name="closedAt")
    erased_at = UTCDateTimeAttribute(null=True, attr_name="erasedAt")  # when nothing was found
