"""The form that confirms the deletion of an account."""

from django import forms

CONFIRMATION = "DELETE"


class DeleteForm(forms.Form):
    """The word to type before an account is deleted."""

    use_required_attribute = False

    confirmation = forms.CharField(
        label=f"Type {CONFIRMATION} to confirm",
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_confirmation(self) -> str:
        confirmation: str = self.cleaned_data["confirmation"]
        if confirmation.strip().strip("“”\"'").upper() != CONFIRMATION:
            raise forms.ValidationError(f"Type the word {CONFIRMATION}, then press the button.")
        return confirmation
