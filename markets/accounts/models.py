"""A merchant's profile, and the codes that transfer applications to another account.

Cognito knows how a merchant signs in, and each application stores its own details.
The profile is neither: deleting it removes nothing from the others.
"""

from pynamodb.attributes import (
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)

from core.dynamodb import Table, table_name


class MerchantProfile(Table):
    """The details of one merchant; all of them are optional."""

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
    """A code, stored as a keyed hash: reading the table reveals no code.

    Once it is used, it says by whom and for which applications, until it expires: so
    an account that sends it again is told that it is done.
    """

    class Meta:
        table_name = table_name("transfer-codes")

    hash = UnicodeAttribute(hash_key=True, attr_name="codeHash")
    user_id = UnicodeAttribute(attr_name="userId")  # the applications of this account
    expires_at = TTLAttribute(attr_name="expiresAt")
    redeemed_by = UnicodeAttribute(null=True, attr_name="redeemedBy")
    redeemed = UnicodeSetAttribute(null=True)  # the ids of the applications
