"""What forms of several of the city hall's pages share."""

from django import forms

NO_VERSION = "The form did not say which version it showed."


class VersionForm(forms.Form):
    """Names the version of the application or reply template that the officer saw."""

    use_required_attribute = False  # a form with two buttons, and fields in closed parts

    expected_version = forms.IntegerField(
        min_value=1,
        widget=forms.HiddenInput,
        error_messages={"required": NO_VERSION, "invalid": NO_VERSION, "min_value": NO_VERSION},
    )


def first_error(form: forms.Form) -> str:
    """Return the message to show where there is room for one; empty if the form is valid."""
    messages = [*form.non_field_errors(), *(text for each in form.errors.values() for text in each)]
    return str(messages[0]) if messages else ""
