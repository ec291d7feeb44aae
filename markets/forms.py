"""The sections of an application as forms, one for each page."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict

from core.forms import AmountField, ProseField
from markets import details
from markets.cities.models import City
from markets.models import Category, Language, Market
from markets.sections import Section, section_named

PHONE = RegexValidator(
    r"^\+?[0-9 ()/.-]{5,}$", "Enter a telephone number, such as +40 268 413 000."
)


class Question(forms.BoundField):
    """A field as the pages of an application show it."""

    @property
    def aria_describedby(self) -> str:
        """Always names the element for errors, which autosave fills in later."""
        parts = ["change_request"] if self.change_request else []
        parts += ["helptext"] if self.help_text else []
        return " ".join(f"{self.auto_id}_{part}" for part in [*parts, "error"])

    @property
    def change_request(self) -> str:
        """What the city asks to change in this field, or empty."""
        form: Any = self.form
        return str(form.change_requests.get(self.name, ""))

    @property
    def optional(self) -> bool:
        return self.name not in details.REQUIRED and self.widget_type != "checkbox"

    @property
    def unit(self) -> str:
        form: Any = self.form
        return str(form.city.currency) if self.name == "average_price" else ""


class SectionForm(forms.Form):
    """One section of an application. Unless `complete`, every field is optional.

    Fields with `change_requests` of the city come first.
    """

    use_required_attribute = False  # the page shows all errors together
    bound_field_class = Question
    section: Section

    def __init__(
        self,
        data: QueryDict | Mapping[str, Any] | None = None,
        *,
        market: Market,
        city: City,
        complete: bool,
        change_requests: Mapping[str, str],
    ) -> None:
        self.city, self.change_requests = city, change_requests
        stored = {name: getattr(market, name) for name in self.base_fields}
        super().__init__(data, initial=stored)
        self.order_fields([name for name in self.fields if name in change_requests])
        if not complete:
            for field in self.fields.values():
                field.required = False

    def answers(self) -> dict[str, Any]:
        """Return the valid answers, by their names in MarketDetails."""
        return {
            name: None if value == "" else value
            for name, value in self.cleaned_data.items()
            if name in self.fields and name not in self.errors
        }

    @classmethod
    def as_stored(cls, market: Market) -> dict[str, str]:
        """Return the stored answers as a browser would send them."""
        values = {name: getattr(market, name) for name in cls.base_fields}
        return {
            name: "on" if value is True else str(value)
            for name, value in values.items()
            if value is not None and value is not False
        }


class MarketForm(SectionForm):
    section = section_named("market")

    name = forms.CharField(
        label=details.LABELS["name"],
        max_length=details.NAME_LENGTH,
        help_text="As visitors will read it in the programme.",
        error_messages={"required": "Enter the name of the market."},
    )
    category = forms.ChoiceField(
        label=details.LABELS["category"],
        choices=[("", "Choose a category"), *Category.choices],
        error_messages={"required": "Choose a category."},
    )


class GoodsForm(SectionForm):
    section = section_named("goods")

    description = ProseField(
        label=details.LABELS["description"],
        max_length=details.DESCRIPTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=(
            "Everything that you sell, one item per line. The city approves exactly this list."
        ),
        error_messages={"required": "List the goods that you sell."},
    )
    average_price = AmountField(
        label=details.LABELS["average_price"],
        max_value=details.MAX_PRICE,
        help_text="Per item or portion.",
        error_messages={
            "required": "Enter the average price.",
            "invalid": "Enter a price, such as 12.50.",
        },
    )


class StallForm(SectionForm):
    section = section_named("stall")

    frontage_m = AmountField(
        label=details.LABELS["frontage_m"],
        max_value=details.MAX_FRONTAGE_M,
        required=False,
    )
    power_kw = AmountField(
        label=details.LABELS["power_kw"],
        max_value=details.MAX_POWER_KW,
        required=False,
    )
    needs_water = forms.BooleanField(label=details.LABELS["needs_water"], required=False)
    uses_gas = forms.BooleanField(label=details.LABELS["uses_gas"], required=False)
    alcohol = forms.BooleanField(label=details.LABELS["alcohol"], required=False)


class MerchantForm(SectionForm):
    section = section_named("merchant")

    legal_name = forms.CharField(
        label=details.LABELS["legal_name"],
        max_length=details.LEGAL_NAME_LENGTH,
        help_text="The person or company that signs the contract.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": "Enter the legal name."},
    )
    contact_email = forms.EmailField(
        label=details.LABELS["contact_email"],
        max_length=details.EMAIL_LENGTH,
        help_text="We send the city's decision to this address.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Enter an e-mail address.",
            "invalid": "Enter an e-mail address, such as maria@example.com.",
        },
    )
    phone = forms.CharField(
        label=details.LABELS["phone"],
        max_length=details.PHONE_LENGTH,
        required=False,
        validators=[PHONE],
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )
    language = forms.ChoiceField(
        label="Language of our messages to you",
        choices=[("", "Choose a language"), *Language.choices],
        error_messages={"required": "Choose a language."},
    )


FORMS: Mapping[str, type[SectionForm]] = {
    form.section.slug: form for form in (MarketForm, GoodsForm, StallForm, MerchantForm)
}


class ApplyAgainForm(forms.Form):
    """The city in which to apply again."""

    use_required_attribute = False

    city = forms.ChoiceField(
        label="City",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a city.", "invalid_choice": "Choose a city."},
    )

    def __init__(self, *args: Any, cities: list[City], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["city"]
        field.choices = [(city.slug, city.name) for city in cities]
        if len(cities) == 1:
            field.initial = cities[0].slug
