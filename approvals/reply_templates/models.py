"""Reply templates: texts that a city hall often sends."""

from django.db.models import TextChoices
from pynamodb.attributes import UnicodeAttribute, VersionAttribute

from core.dynamodb import Table, table_name
from markets.lifecycle import Action
from markets.models import Language


class Occasion(TextChoices):
    """The decisions for which there are reply templates."""

    APPROVE = Action.APPROVE.value, "Approving"
    REJECT = Action.REJECT.value, "Rejecting"
    REQUEST_CHANGES = Action.REQUEST_CHANGES.value, "Asking for changes"


class ReplyTemplate(Table):
    """A text, in one language, that the officers of a city start the text of a decision with.

    `text` has placeholders for the data of the application
    (approvals.reply_templates.operations).
    """

    class Meta:
        table_name = table_name("reply-templates")

    city = UnicodeAttribute(hash_key=True)
    key = UnicodeAttribute(range_key=True, attr_name="templateKey")  # language#id
    version = VersionAttribute()
    title = UnicodeAttribute()
    action = UnicodeAttribute()
    text = UnicodeAttribute()

    @property
    def language(self) -> Language:
        return Language(self.key.partition("#")[0])

    @property
    def template_id(self) -> str:
        return self.key.partition("#")[2]

    @property
    def occasion(self) -> Occasion:
        return Occasion(self.action)
