"""Form fields that every app uses."""

from typing import Any

from django import forms


class ProseField(forms.CharField):
    """A text of several lines.

    Browsers count the end of a line as one character but send two: with those
    the limit would be another, and an untouched text would count as changed.
    """

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n")


class AmountField(forms.DecimalField):
    """A number as people write it, with a comma or a point, of at most two places.

    A box for text: what a browser takes for no number it would send as nothing.
    """

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, decimal_places=2, **options)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and "." not in value:
            value = value.replace(",", ".")
        return super().to_python(value)
