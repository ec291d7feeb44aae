"""The accounts that share an e-mail address."""

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UnicodeSetAttribute

from core.dynamodb import Table, table_name


class EmailAccounts(Table):
    """The accounts (`sub`) that have one e-mail address, by how they sign in."""

    class Meta:
        table_name = table_name("email-accounts")

    hash = UnicodeAttribute(hash_key=True, attr_name="addressHash")
    by_email = UnicodeSetAttribute(null=True, attr_name="byEmail")
    by_facebook = UnicodeSetAttribute(null=True, attr_name="byFacebook")
    expires_at = TTLAttribute(attr_name="expiresAt")
