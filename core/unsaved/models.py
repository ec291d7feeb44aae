"""A form that could not be saved."""

from django.http import QueryDict
from pynamodb.attributes import JSONAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from core.dynamodb import Table, table_name


class UnsavedForm(Table):
    """What its author last entered on one page without being able to save it."""

    class Meta:
        table_name = table_name("unsaved-forms")

    user_id = UnicodeAttribute(hash_key=True, attr_name="userId")
    path = UnicodeAttribute(range_key=True)
    fields = JSONAttribute()  # name → values
    created_at = UTCDateTimeAttribute(attr_name="createdAt")
    expires_at = TTLAttribute(attr_name="expiresAt")

    @property
    def data(self) -> QueryDict:
        """The entered values, as a form takes them."""
        data = QueryDict(mutable=True)
        for name, values in self.fields.items():
            data.setlist(name, values)
        return data
