"""The form of a merchant's profile."""

from copy import deepcopy
from typing import Any

from django import forms

from markets.accounts.models import MerchantProfile
from markets.accounts.profiles import DETAILS
from markets.forms import MerchantForm, Question


class ProfileField(Question):
    """A field of the profile: always optional, even if applications require it."""

    @property
    def optional(self) -> bool:
        return True


class ProfileForm(forms.Form):
    """Who a merchant is, with the questions of the application; all are optional."""

    use_required_attribute = False
    bound_field_class = ProfileField
    change_requests: dict[str, str] = {}  # noqa: RUF012 - cities request changes of applications

    def __init__(
        self, data: Any = None, *, email: str, profile: MerchantProfile | None = None
    ) -> None:
        stored = {name: getattr(profile, name, None) for name in DETAILS}
        if profile is None or not profile.version:
            stored["contact_email"] = email
        super().__init__(data, initial=stored)
        for name in DETAILS:
            field = deepcopy(MerchantForm.base_fields[name])
            field.required = False
            self.fields[name] = field

    def details(self) -> dict[str, str | None]:
        """Return the values of a valid form, by their names in DETAILS."""
        return {name: self.cleaned_data[name] or None for name in DETAILS}
