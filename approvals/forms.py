"""An officer's decision as a form; it names the version that the officer saw."""

from django import forms

from approvals.operations import DECISION_TEXT_LENGTH
from markets.forms import ProseField
from markets.models import ReasonCode


class ApproveForm(forms.Form):
    expected_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class RejectForm(ApproveForm):
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
