"""Whom a market is assigned to."""

from collections.abc import Sequence
from typing import Any

from django import forms


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
