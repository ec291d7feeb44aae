"""Reply templates as forms."""

from django import forms

from approvals.reply_templates.models import Occasion
from approvals.reply_templates.operations import (
    TEXT_LENGTH,
    TITLE_LENGTH,
    no_placeholder,
    unknown_placeholders,
)
from core.forms import ProseField
from markets.models import Language


class ReplyTemplateForm(forms.Form):
    """A reply template; its language is part of its name, and chosen once."""

    use_required_attribute = False

    template_id = forms.UUIDField(widget=forms.HiddenInput)
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


class ReviseReplyTemplateForm(ReplyTemplateForm):
    template_id = None  # type: ignore[assignment]
    language = None  # type: ignore[assignment]
    expected_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
