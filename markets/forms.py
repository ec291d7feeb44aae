"""The parts of an application as forms, one for each page."""

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
        """Also what is said of a fault later: saving by itself, the page fills it in."""
        parts = ["asked"] if self.asked else []
        parts += ["helptext"] if self.help_text else []
        return " ".join(f"{self.auto_id}_{part}" for part in [*parts, "error"])

    @property
    def asked(self) -> str:
        """What the city asks to change about it."""
        form: Any = self.form
        return str(form.asked.get(self.name, ""))

    @property
    def optional(self) -> bool:
        return self.name not in details.REQUIRED and self.widget_type != "checkbox"

    @property
    def unit(self) -> str:
        form: Any = self.form
        return str(form.city.currency) if self.name == "average_price" else ""


class SectionForm(forms.Form):
    """One part of an application; one that is not `complete` may leave anything out.

    `asked` is what the city asks to change, by field: those come first.
    """

    use_required_attribute = False  # the page answers for all fields at once
    bound_field_class = Question
    section: Section

    def __init__(
        self,
        data: QueryDict | Mapping[str, Any] | None = None,
        *,
        market: Market,
        city: City,
        complete: bool,
        asked: Mapping[str, str],
    ) -> None:
        self.city, self.asked = city, asked
        stored = {name: getattr(market, name) for name in self.base_fields}
        super().__init__(data, initial=stored)
        self.order_fields([name for name in self.fields if name in asked])
        if not complete:
            for field in self.fields.values():
                field.required = False

    def answers(self) -> dict[str, Any]:
        """Return what was answered, by its names in MarketDetails, but for what is faulty."""
        return {
            name: None if value == "" else value
            for name, value in self.cleaned_data.items()
            if name in self.fields and name not in self.errors
        }

    @classmethod
    def as_stored(cls, market: Market) -> dict[str, str]:
        """Return the market's answers as a browser would send them."""
        values = {name: getattr(market, name) for name in cls.base_fields}
        return {
            name: "on" if value is True else str(value)
            for name, value in values.items()
            if value is not None and value is not False
        }


class MarketForm(SectionForm):
    section = section_named("market")

    name = forms.CharField(
        label="Name of the market",
        max_length=details.NAME_LENGTH,
        help_text="As visitors should read it on the programme.",
        error_messages={"required": "Enter the name of the market."},
    )
    category = forms.ChoiceField(
        label="Category",
        choices=[("", "Choose a category"), *Category.choices],
        error_messages={"required": "Choose a category."},
    )


class GoodsForm(SectionForm):
    section = section_named("goods")

    description = ProseField(
        label="Goods",
        max_length=details.DESCRIPTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=(
            "The full list of what you sell, one to a line. The city approves exactly this list."
        ),
        error_messages={"required": "List the goods that you sell."},
    )
    average_price = AmountField(
        label="Average price",
        max_value=details.MAX_PRICE,
        help_text="Of one article or portion.",
        error_messages={
            "required": "Enter the average price.",
            "invalid": "Enter a price, such as 12.50.",
        },
    )


class HouseForm(SectionForm):
    section = section_named("house")

    frontage_m = AmountField(
        label="Frontage in metres",
        max_value=details.MAX_FRONTAGE_M,
        required=False,
    )
    power_kw = AmountField(
        label="Power in kilowatts",
        max_value=details.MAX_POWER_KW,
        required=False,
    )
    needs_water = forms.BooleanField(label="Needs running water", required=False)
    uses_gas = forms.BooleanField(label="Uses gas", required=False)
    alcohol = forms.BooleanField(label="Sells alcohol", required=False)


class MerchantForm(SectionForm):
    section = section_named("merchant")

    legal_name = forms.CharField(
        label="Legal name",
        max_length=details.LEGAL_NAME_LENGTH,
        help_text="Of the person or company that signs the contract.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": "Enter the legal name."},
    )
    contact_email = forms.EmailField(
        label="E-mail address",
        max_length=details.EMAIL_LENGTH,
        help_text="The city's answer goes here.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Enter an e-mail address.",
            "invalid": "Enter an e-mail address, such as maria@example.com.",
        },
    )
    phone = forms.CharField(
        label="Telephone",
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
    form.section.slug: form for form in (MarketForm, GoodsForm, HouseForm, MerchantForm)
}


class AgainForm(forms.Form):
    """Where to apply again."""

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
