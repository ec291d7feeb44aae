"""Form fields for all apps, and the field that every form has."""

from typing import Any

from django import forms

CSRF_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - a field's name


class ProseField(forms.CharField):
    """A text of several lines.

    Browsers count a line break as one character but send two. Both would count against
    `max_length`, and a text that nobody edited would look changed.
    """

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n")


class AmountField(forms.DecimalField):
    """A number with up to two decimal places, written with a comma or a point.

    It is a text input: a number input sends nothing if the browser cannot read the number.
    """

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, decimal_places=2, **options)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and "." not in value:
            value = value.replace(",", ".")
        return super().to_python(value)
