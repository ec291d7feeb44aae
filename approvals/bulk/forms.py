"""What a bulk action needs to know beside the applications."""

from django import forms

from approvals.review.forms import ReasonForm, decision_text_field


class BulkApproveForm(forms.Form):
    """Approving needs nothing more."""


class BulkRejectForm(ReasonForm):
    text = decision_text_field(
        label="Text to the merchants",
        help_text="Each of them reads exactly this.",
        error_messages={"required": "Write the text to the merchants."},
    )
