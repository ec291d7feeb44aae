"""Forms of reply templates."""

from django import forms

from approvals.forms import VersionForm
from approvals.reply_templates.models import Occasion
from approvals.reply_templates.operations import (
    TEXT_LENGTH,
    TITLE_LENGTH,
    placeholder_error,
    unknown_placeholders,
)
from core.forms import ProseField
from markets.models import Language


class _TemplateForm(forms.Form):
    use_required_attribute = False

    occasion = forms.ChoiceField(
        label="Used for",
        choices=[("", "Choose what it is for"), *Occasion.choices],
        error_messages={"required": "Choose what it is for."},
    )
    title = forms.CharField(
        label="Title",
        max_length=TITLE_LENGTH,
        help_text="Officers choose the template by its title; the merchant does not read it.",
        error_messages={"required": "Enter a title."},
    )
    text = ProseField(
        label="Text",
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Placeholders in braces are replaced by the data of the application.",
        error_messages={"required": "Write the text."},
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if unknown := unknown_placeholders(text):
            raise forms.ValidationError(placeholder_error(unknown))
        return text


class AddReplyTemplateForm(_TemplateForm):
    """A new template. Its language is part of its key and cannot be changed later."""

    template_id = forms.UUIDField(widget=forms.HiddenInput)
    language = forms.ChoiceField(
        label="Language",
        choices=[("", "Choose a language"), *Language.choices],
        error_messages={"required": "Choose a language."},
    )
    field_order = ("template_id", "language")


class ReviseReplyTemplateForm(_TemplateForm, VersionForm):
    """A change of the version that the officer saw."""
