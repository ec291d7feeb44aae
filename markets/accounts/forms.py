"""The forms of a merchant's account."""

from copy import deepcopy
from typing import Any

from django import forms

from markets.accounts.models import MerchantProfile
from markets.accounts.profiles import DETAILS
from markets.forms import MerchantForm, Question


class Detail(Question):
    """A field of the account, which may be left out even if applications require it."""

    @property
    def optional(self) -> bool:
        return True


class DetailsForm(forms.Form):
    """Who a merchant is, as their applications ask it; here all of it may be left out."""

    use_required_attribute = False
    bound_field_class = Detail
    asked: dict[str, str] = {}  # noqa: RUF012 - no city asks anything here

    def __init__(self, data: Any = None, *, account: MerchantProfile, email: str) -> None:
        stored = {name: getattr(account, name) for name in DETAILS}
        if not account.version:
            stored["contact_email"] = email
        super().__init__(data, initial=stored)
        for name in DETAILS:
            field = deepcopy(MerchantForm.base_fields[name])
            field.required = False
            self.fields[name] = field

    def details(self) -> dict[str, str | None]:
        """Return what a valid form says, by its names in DETAILS."""
        return {name: self.cleaned_data[name] or None for name in DETAILS}
