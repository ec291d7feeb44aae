"""A merchant's account: what they say of themselves once, for their next applications.

Who they are, Cognito knows; what they applied with, each market. The account
is neither: deleting it takes nothing from either.
"""

from pynamodb.attributes import (
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)

from core.dynamodb import Table, table_name


class MerchantProfile(Table):
    """The details of one merchant; all of them may be left out."""

    class Meta:
        table_name = table_name("profiles")

    user_id = UnicodeAttribute(hash_key=True, attr_name="userId")
    version = VersionAttribute()
    legal_name = UnicodeAttribute(null=True, attr_name="legalName")
    contact_email = UnicodeAttribute(null=True, attr_name="contactEmail")
    phone = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    updated_at = UTCDateTimeAttribute(attr_name="updatedAt")


class TransferCode(Table):
    """A code that was given out, by its keyed hash: whoever reads the table learns none."""

    class Meta:
        table_name = table_name("transfer-codes")

    hash = UnicodeAttribute(hash_key=True, attr_name="codeHash")
    user_id = UnicodeAttribute(attr_name="userId")  # whose applications it moves
    expires_at = TTLAttribute(attr_name="expiresAt")
