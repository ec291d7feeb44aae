"""What officers say of many markets at once, and on whose desk a market is."""

from collections.abc import Sequence
from typing import Any

from django import forms

from approvals.operations import DECISION_TEXT_LENGTH
from core.forms import ProseField
from markets.models import ReasonCode


class BulkAssignForm(forms.Form):
    """`choices` are officers, each by their `sub`; empty is nobody."""

    assignee = forms.ChoiceField(
        label="On the desk of",
        required=False,
        widget=forms.Select(attrs={"aria-keyshortcuts": "m"}),
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["assignee"].choices = choices  # type: ignore[attr-defined]


class AssignForm(BulkAssignForm):
    expected_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


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
