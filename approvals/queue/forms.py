"""Forms of the queue: the choice of an assignee, and the selection for a bulk action."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from approvals.forms import VersionForm
from approvals.queue.assignments import NOT_AN_OFFICER
from approvals.queue.selection import MAX_SELECTED, BulkAction, Scope, SelectedMarket

NOTHING_SELECTED = "Nothing is selected. Select applications in the list, or choose all of them."


class BulkAssignForm(forms.Form):
    """`choices` are officers by their `sub`; UNASSIGNED is one of them."""

    assignee = forms.ChoiceField(
        label="Assigned to",
        required=False,
        widget=forms.Select(attrs={"aria-keyshortcuts": "m"}),
        error_messages={"invalid_choice": NOT_AN_OFFICER},
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["assignee"].choices = choices  # type: ignore[attr-defined]


class AssignForm(BulkAssignForm, VersionForm):
    """The assignee of one application, in the version that the officer saw."""


class SelectedMarketsField(forms.Field):
    """The applications that a page names in hidden fields or checkboxes, each once, in its order.

    Tokens that our pages do not send are ignored, and so is what exceeds MAX_SELECTED.
    """

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Iterable[str] | None) -> list[SelectedMarket]:
        parsed = [SelectedMarket.parse(token) for token in value or ()]
        by_key = {selected.key: selected for selected in parsed if selected}
        return list(by_key.values())[:MAX_SELECTED]


class SelectionForm(forms.Form):
    """Which applications of the queue an officer selects, and what to do with them.

    `shown` are all on the page, `selected` those with a tick.
    """

    scope = forms.ChoiceField(choices=Scope.choices, required=False)
    shown = SelectedMarketsField(required=False)
    selected = SelectedMarketsField(required=False)
    action = forms.ChoiceField(
        choices=BulkAction.choices,
        error_messages={
            "required": "Choose what to do with the applications.",
            "invalid_choice": "Choose what to do with the applications.",
        },
    )

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("scope") != Scope.LIST and not self.selection:
            self.add_error(None, NOTHING_SELECTED)
        return self.cleaned_data

    @property
    def selection(self) -> list[SelectedMarket]:
        """The applications that the form names, unless its scope is LIST."""
        if self.cleaned_data.get("scope") == Scope.PAGE:
            return list(self.cleaned_data["shown"])
        return list(self.cleaned_data["selected"])
