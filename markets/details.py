"""The fields that a merchant fills in, and their limits: the only place where these are written."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_noop

from core.errors import InvalidDetails
from markets.models import Category, Language, Market, Photo

NAME_LENGTH = 80  # characters, as all lengths
DESCRIPTION_LENGTH = 4_000
LEGAL_NAME_LENGTH = 120
EMAIL_LENGTH = 254
PHONE_LENGTH = 30
ALT_TEXT_LENGTH = 200
MAX_PRICE = Decimal(10_000)  # in the city's currency
MAX_FRONTAGE_M = Decimal(30)
MAX_POWER_KW = Decimal(100)
MAX_PHOTOS = 8

LABELS: Mapping[str, str] = {
    "name": gettext_noop("Name of the market"),
    "description": gettext_noop("Goods"),
    "average_price": gettext_noop("Average price"),
    "category": gettext_noop("Category"),
    "photos": gettext_noop("Photos"),
    "frontage_m": gettext_noop("Frontage in metres"),
    "power_kw": gettext_noop("Power in kilowatts"),
    "needs_water": gettext_noop("Needs running water"),
    "uses_gas": gettext_noop("Uses gas"),
    "alcohol": gettext_noop("Sells alcohol"),
    "legal_name": gettext_noop("Legal name"),
    "contact_email": gettext_noop("E-mail address"),
    "phone": gettext_noop("Telephone"),
    "language": gettext_noop("Language"),
}
"""Field → English label. The interface is in English; messages translate it by gettext."""

JSON_NAMES: Mapping[str, str] = {
    name: str(Market.get_attributes()[name].attr_name) for name in LABELS
}
"""Field → its name in JSON, which change requests use."""

NAMES: Mapping[str, str] = {json_name: name for name, json_name in JSON_NAMES.items()}
"""Name in JSON → field."""

LENGTHS: Mapping[str, int] = {
    "name": NAME_LENGTH,
    "description": DESCRIPTION_LENGTH,
    "legal_name": LEGAL_NAME_LENGTH,
    "contact_email": EMAIL_LENGTH,
    "phone": PHONE_LENGTH,
}
CHOICES: Mapping[str, list[str]] = {"category": Category.values, "language": Language.values}
BOUNDS: Mapping[str, Decimal] = {
    "average_price": MAX_PRICE,
    "frontage_m": MAX_FRONTAGE_M,
    "power_kw": MAX_POWER_KW,
}
REQUIRED = (
    "name",
    "description",
    "average_price",
    "category",
    "photos",
    "legal_name",
    "contact_email",
    "language",
)


@dataclass(frozen=True, kw_only=True)
class MarketDetails:
    """The merchant's own fields of a market; in a draft they may be None."""

    name: str | None = None
    description: str | None = None
    average_price: Decimal | None = None
    category: str | None = None
    photos: tuple[Photo, ...] = ()
    frontage_m: Decimal | None = None
    power_kw: Decimal | None = None
    needs_water: bool = False
    uses_gas: bool = False
    alcohol: bool = False
    legal_name: str | None = None
    contact_email: str | None = None
    phone: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, market: Market) -> Self:
        values: dict[str, Any] = {name: getattr(market, name) for name in DETAILS}
        return cls(**values | {"photos": tuple(market.photos)})

    def write_to(self, market: Market) -> None:
        for name in DETAILS:
            setattr(market, name, getattr(self, name))
        market.photos = list(self.photos)


DETAILS = tuple(field.name for field in fields(MarketDetails))


def check_details(details: MarketDetails, *, market_id: str, complete: bool) -> None:
    """Raise InvalidDetails unless all limits hold and, if `complete`, nothing is missing.

    Photos must be stored for this market. Operations check here, whoever calls them;
    forms check the same limits first, with messages next to the field.
    """
    faults = {}
    for name, label in LABELS.items():
        value = getattr(details, name)
        if fault := _fault(name, label, value, complete=complete):
            faults[name] = fault
    if not all(photo.key.startswith(f"markets/{market_id}/") for photo in details.photos):
        faults["photos"] = "A photo belongs to another application."
    if faults:
        raise InvalidDetails(faults)


def _fault(name: str, label: str, value: Any, *, complete: bool) -> str | None:  # noqa: PLR0911
    if value in (None, "", ()):
        return f"{label} is missing." if complete and name in REQUIRED else None
    if name in LENGTHS and len(value) > LENGTHS[name]:
        return f"{label} has more than {LENGTHS[name]} characters."
    if name in CHOICES and value not in CHOICES[name]:
        return f"{label} is not one of {', '.join(CHOICES[name])}."
    if name in BOUNDS and not 0 <= value <= BOUNDS[name]:
        return f"{label} is not between 0 and {BOUNDS[name]}."
    if name in BOUNDS and value.as_tuple().exponent < -2:  # noqa: PLR2004
        return f"{label} has more than two decimal places."
    if name == "contact_email":
        try:
            validate_email(value)
        except ValidationError:
            return f"{label} is not an e-mail address."
    if name == "photos":
        return _fault_of_photos(value, complete=complete)
    return None


def _fault_of_photos(photos: tuple[Photo, ...], *, complete: bool) -> str | None:
    if len(photos) > MAX_PHOTOS:
        return f"There are more than {MAX_PHOTOS} photos."
    if complete and not all(photo.alt_text for photo in photos):
        return "A photo has no description."
    if any(len(photo.alt_text) > ALT_TEXT_LENGTH for photo in photos):
        return f"The description of a photo has more than {ALT_TEXT_LENGTH} characters."
    return None
