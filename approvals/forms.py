"""What officers decide and write, as forms; a decision names the version that they saw."""

from collections.abc import Mapping
from typing import Any

from django import forms

from approvals.models import Occasion
from approvals.notes import NOTE_LENGTH
from approvals.operations import DECISION_TEXT_LENGTH, REQUEST_LENGTH
from approvals.replies import TEXT_LENGTH, TITLE_LENGTH, no_placeholder, unknown_placeholders
from core.forms import ProseField
from markets.details import LABELS
from markets.lifecycle import Action
from markets.models import Language, ReasonCode
from markets.outbox.messages import Words
from markets.translations import JSON_NAMES


class VersionForm(forms.Form):
    """Names the version of the market that the officer saw."""

    use_required_attribute = False  # a form with two buttons, and fields in closed parts

    expected_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class DecisionForm(VersionForm):
    """What an officer decides, and what the merchant then reads of it."""

    text = ProseField(
        label="Text to the merchant",
        max_length=DECISION_TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="The merchant reads exactly this.",
    )

    def words(self) -> Words:
        return Words(text=self.cleaned_data["text"])


class ApproveForm(DecisionForm):
    """Approving needs no words, but may have some."""


class RejectForm(DecisionForm):
    reason_code = forms.ChoiceField(
        label="Reason",
        choices=[("", "Choose a reason"), *ReasonCode.choices],
        error_messages={"required": "Choose a reason."},
    )
    text = ProseField(
        label="Text to the merchant",
        max_length=DECISION_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="The merchant reads exactly this.",
        error_messages={"required": "Write what the merchant shall read."},
    )
    field_order = ("expected_version", "reason_code", "text")

    def words(self) -> Words:
        reason_code = ReasonCode(self.cleaned_data["reason_code"])
        return Words(text=self.cleaned_data["text"], reason_code=reason_code)


class ChangesForm(DecisionForm):
    """A text for each field of the application, of which at least one says what to change."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label = "Words to begin with"
        self.fields["text"].help_text = "The merchant reads them above what you ask for."
        for name, label in LABELS.items():
            self.fields[f"ask_{name}"] = ProseField(
                label=label,
                max_length=REQUEST_LENGTH,
                required=False,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self._asked():
            raise forms.ValidationError("Say for at least one field what to change.")
        return self.cleaned_data

    def words(self) -> Words:
        return Words(text=self.cleaned_data["text"], requests=self._asked())

    def _asked(self) -> list[tuple[str, str]]:
        asked = ((JSON_NAMES[name], self.cleaned_data.get(f"ask_{name}", "")) for name in LABELS)
        return [(field, message) for field, message in asked if message]

    @property
    def asking(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name != "text"]


DECISION_FORMS: Mapping[Action, type[DecisionForm]] = {
    Action.APPROVE: ApproveForm,
    Action.REJECT: RejectForm,
    Action.REQUEST_CHANGES: ChangesForm,
}


class NoteForm(forms.Form):
    note_id = forms.UUIDField(widget=forms.HiddenInput)
    text = ProseField(
        label="Note",
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Officers of your city read it; the merchant never does.",
        error_messages={"required": "Write the note."},
    )


class ReplyForm(forms.Form):
    """A reply template; its language is part of its name, and chosen once."""

    use_required_attribute = False

    reply_id = forms.UUIDField(widget=forms.HiddenInput)
    language = forms.ChoiceField(
        label="Language",
        choices=[("", "Choose a language"), *Language.choices],
        error_messages={"required": "Choose a language."},
    )
    occasion = forms.ChoiceField(
        label="Used for",
        choices=[("", "Choose what it is for"), *Occasion.choices],
        error_messages={"required": "Choose what it is for."},
    )
    title = forms.CharField(
        label="Title",
        max_length=TITLE_LENGTH,
        help_text="Officers choose it by this; the merchant does not read it.",
        error_messages={"required": "Enter a title."},
    )
    text = ProseField(
        label="Text",
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Placeholders in braces are replaced by the market’s own data.",  # noqa: RUF001
        error_messages={"required": "Write the text."},
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if unknown := unknown_placeholders(text):
            raise forms.ValidationError(no_placeholder(unknown))
        return text


class ReviseReplyForm(ReplyForm):
    reply_id = None  # type: ignore[assignment]
    language = None  # type: ignore[assignment]
    expected_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
