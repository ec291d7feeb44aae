"""What officers decide and write, as forms; a decision names the version that they saw."""

from collections.abc import Mapping
from typing import Any

from django import forms

from approvals.review.notes import NOTE_LENGTH
from approvals.review.operations import DECISION_TEXT_LENGTH, REQUEST_LENGTH
from core.forms import ProseField
from markets.details import JSON_NAMES, LABELS
from markets.lifecycle import Action
from markets.models import ReasonCode
from markets.outbox.messages import DecisionMessage


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

    def words(self) -> DecisionMessage:
        return DecisionMessage(text=self.cleaned_data["text"])


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

    def words(self) -> DecisionMessage:
        reason_code = ReasonCode(self.cleaned_data["reason_code"])
        return DecisionMessage(text=self.cleaned_data["text"], reason_code=reason_code)


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

    def words(self) -> DecisionMessage:
        return DecisionMessage(text=self.cleaned_data["text"], requests=self._asked())

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
