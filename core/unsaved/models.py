"""The text of forms that could not be saved."""

from django.http import QueryDict
from pynamodb.attributes import JSONAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from core.dynamodb import Table, table_name


class UnsavedForm(Table):
    """The text of one page, as its writer last sent it in vain."""

    class Meta:
        table_name = table_name("unsaved-forms")

    user_id = UnicodeAttribute(hash_key=True, attr_name="userId")
    path = UnicodeAttribute(range_key=True)
    fields = JSONAttribute()  # name → values
    kept_at = UTCDateTimeAttribute(attr_name="keptAt")
    expires_at = TTLAttribute(attr_name="expiresAt")

    @property
    def data(self) -> QueryDict:
        """What was typed, as a form takes it."""
        data = QueryDict(mutable=True)
        for name, values in self.fields.items():
            data.setlist(name, values)
        return data
