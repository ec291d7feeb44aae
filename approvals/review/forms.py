"""Forms of the review: decisions, each on the version that the officer saw, and notes."""

from collections.abc import Mapping
from typing import Any

from django import forms

from approvals.forms import VersionForm
from approvals.review.notes import NOTE_LENGTH
from approvals.review.operations import DECISION_TEXT_LENGTH, REQUEST_LENGTH
from core.forms import ProseField
from markets.details import JSON_NAMES, LABELS
from markets.lifecycle import Action
from markets.models import ReasonCode
from markets.outbox.messages import DecisionMessage


def decision_text_field(**options: Any) -> ProseField:
    """Return the field for a decision's text to the merchant."""
    defaults: dict[str, Any] = {
        "label": "Text to the merchant",
        "max_length": DECISION_TEXT_LENGTH,
        "widget": forms.Textarea(attrs={"rows": 6}),
        "help_text": "The merchant reads exactly this.",
    }
    return ProseField(**defaults | options)


class DecisionForm(VersionForm):
    """A decision, and what the merchant reads about it."""

    text = decision_text_field(required=False)

    def message(self) -> DecisionMessage:
        return DecisionMessage(text=self.cleaned_data["text"])


class ApproveForm(DecisionForm):
    """Approving needs no text, but may have one."""


class ReasonForm(forms.Form):
    reason_code = forms.ChoiceField(
        label="Reason",
        choices=[("", "Choose a reason"), *ReasonCode.choices],
        error_messages={"required": "Choose a reason."},
    )


class RejectForm(DecisionForm, ReasonForm):
    text = decision_text_field(error_messages={"required": "Write the text to the merchant."})
    field_order = ("expected_version", "reason_code", "text")

    def message(self) -> DecisionMessage:
        reason_code = ReasonCode(self.cleaned_data["reason_code"])
        return DecisionMessage(text=self.cleaned_data["text"], reason_code=reason_code)


class ChangesForm(DecisionForm):
    """A text for each field of the application; at least one must say what to change."""

    summary_anchor = "asking"  # the id that the error summary links an error of the form to

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label = "Introduction"
        self.fields["text"].help_text = "The merchant reads it above the changes you ask for."
        for name, label in LABELS.items():
            self.fields[f"ask_{name}"] = ProseField(
                label=label,
                max_length=REQUEST_LENGTH,
                required=False,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self._requests():
            raise forms.ValidationError("Say for at least one field what to change.")
        return self.cleaned_data

    def message(self) -> DecisionMessage:
        return DecisionMessage(text=self.cleaned_data["text"], requests=self._requests())

    def _requests(self) -> list[tuple[str, str]]:
        requests = ((JSON_NAMES[name], self.cleaned_data.get(f"ask_{name}", "")) for name in LABELS)
        return [(field, message) for field, message in requests if message]

    @property
    def request_fields(self) -> list[forms.BoundField]:
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
