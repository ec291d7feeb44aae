"""A file on its way to becoming a photo."""

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
)

from core.dynamodb import Table, table_name


class Upload(Table):
    """A file under way from a merchant's browser to the bucket, until it is a photo.

    A merchant has a few slots for them: whoever finds none free has to wait.
    """

    class Meta:
        table_name = table_name("uploads")

    user_id = UnicodeAttribute(hash_key=True, attr_name="userId")
    slot = NumberAttribute(range_key=True)
    upload_id = UnicodeAttribute(attr_name="uploadId")
    market_id = UnicodeAttribute(attr_name="marketId")
    name = UnicodeAttribute(attr_name="fileName")  # as the merchant knows it
    expires_at = NumberAttribute(attr_name="expiresAt")  # epoch seconds; then the slot is free

    @property
    def object_name(self) -> str:
        """Its name in the incoming storage: the merchant's own prefix, then the market's."""
        return f"{self.user_id}/{self.market_id}/{self.upload_id}"
