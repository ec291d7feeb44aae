"""What officers say of many markets at once, and on whose desk a market is."""

from django import forms

from approvals.review.operations import DECISION_TEXT_LENGTH
from core.forms import ProseField
from markets.models import ReasonCode


class BulkApproveForm(forms.Form):
    """Approving asks for nothing more than the markets."""


class BulkRejectForm(forms.Form):
    reason_code = forms.ChoiceField(
        label="Reason",
        choices=[("", "Choose a reason"), *ReasonCode.choices],
        error_messages={"required": "Choose a reason."},
    )
    text = ProseField(
        label="Text to the merchants",
        max_length=DECISION_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Each of them reads exactly this.",
        error_messages={"required": "Write what the merchants shall read."},
    )
