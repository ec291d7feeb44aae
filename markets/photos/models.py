"""An upload of a photo that is not finished."""

from pynamodb.attributes import (
    NumberAttribute,
    UnicodeAttribute,
)

from core.dynamodb import Table, table_name


class Upload(Table):
    """A file that a browser sends to the bucket, until it is published as a photo.

    Each merchant has a few slots, which limits how many uploads can be unfinished.
    """

    class Meta:
        table_name = table_name("uploads")

    user_id = UnicodeAttribute(hash_key=True, attr_name="userId")
    slot = NumberAttribute(range_key=True)
    upload_id = UnicodeAttribute(attr_name="uploadId")
    market_id = UnicodeAttribute(attr_name="marketId")
    name = UnicodeAttribute(attr_name="fileName")  # on the merchant's device
    expires_at = NumberAttribute(attr_name="expiresAt")  # epoch seconds; frees the slot

    @property
    def object_name(self) -> str:
        """Its name in the incoming storage: merchant, market, upload."""
        return f"{self.user_id}/{self.market_id}/{self.upload_id}"
