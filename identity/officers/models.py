"""Officers who have signed in."""

from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from core.dynamodb import Table, table_name

UNNAMED = "An officer without a name"


class Officer(Table):
    """An officer who has signed in, in the list of one city."""

    class Meta:
        table_name = table_name("officers")

    city = UnicodeAttribute(hash_key=True)
    sub = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    expires_at = TTLAttribute(attr_name="expiresAt")

    @property
    def label(self) -> str:
        """Name and e-mail address, since two people may share a name."""
        return f"{self.name} ({self.email})" if self.name and self.email else self.display_name

    @property
    def display_name(self) -> str:
        return self.name or self.email or UNNAMED
