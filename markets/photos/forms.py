"""The photos of a market as a form set: one form for each photo, in their order."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.core import signing
from django.http import QueryDict

from markets import details
from markets.models import Market, Photo, PhotoRole

SIGNATURE_SECONDS = 20 * 3600  # `delete_orphaned_photos` spares an unsaved photo for longer
MAX_FORMS = 2 * details.MAX_PHOTOS  # the photos of two tabs together


def prefix_of(photo: Photo) -> str:
    """Return the prefix of a photo's form; it depends on the picture only."""
    return str(photo.sha256)[:12]


def fingerprint(photos: Iterable[Photo]) -> str:
    """Return a hash of photos, their order and their descriptions, to see whether they changed."""
    values = [[photo.key, photo.alt_text, photo.role] for photo in photos]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


class PhotoForm(forms.Form):
    """The description of one photo. The photo is stored already; a signed field names it."""

    use_required_attribute = False

    stored = forms.CharField(widget=forms.HiddenInput)
    alt_text = forms.CharField(
        label="What the photo shows",
        max_length=details.ALT_TEXT_LENGTH,
        required=False,
        help_text="For people who cannot see it, such as “Our stall at night”.",
        error_messages={"required": "Say what the photo shows."},
    )
    role = forms.ChoiceField(
        label="What it is for",
        choices=[("", "Nothing special"), *PhotoRole.choices],
        required=False,
    )

    photo: Photo | None = None

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        market: Market,
        prefix: str,
        photo: Photo | None = None,
    ) -> None:
        self._market = market
        self._salt = f"photo:{market.market_id}"
        initial = {}
        if photo is not None:
            self.photo = photo
            initial = {"alt_text": photo.alt_text, "role": photo.role or ""}
            initial["stored"] = self._sign(photo)
        elif data is not None:
            self.photo = self._verify(data.get(f"{prefix}-stored", ""))
        super().__init__(data, prefix=prefix, initial=initial)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.photo is None:
            raise forms.ValidationError("This photo could not be found. Please add it again.")
        self.photo.alt_text = cleaned.get("alt_text") or ""
        self.photo.role = cleaned.get("role") or None
        return cleaned

    @property
    def entered_alt_text(self) -> str:
        """The description as it is in the form now, valid or not."""
        return str(self["alt_text"].value() or "")

    @property
    def messages(self) -> list[str]:
        return [str(error) for errors in self.errors.values() for error in errors]

    def _sign(self, photo: Photo) -> str:
        values = [photo.key, photo.width, photo.height, photo.sha256, list(photo.widths)]
        return signing.dumps(values, salt=self._salt)

    def _verify(self, signed: str) -> Photo | None:
        """Return the photo that `signed` names; None if it was not signed, or too long ago."""
        saved = {photo.key for photo in self._market.photos}
        try:
            values = signing.loads(signed, salt=self._salt)
            if values[0] not in saved:
                values = signing.loads(signed, salt=self._salt, max_age=SIGNATURE_SECONDS)
        except signing.BadSignature:
            return None
        names = ("key", "width", "height", "sha256", "widths")
        return Photo(**dict(zip(names, values, strict=True)))


class PhotoFormSet:
    """The photos of one market, in their order.

    In the data, `order` lists the prefixes of the forms, and `seen` the prefixes of all
    photos that the page has known. A photo that another page added is in neither.
    """

    prefix = "photos"

    def __init__(self, market: Market, data: QueryDict | None = None) -> None:
        self.market = market
        self.non_form_errors: list[str] = []
        if data is None:
            self.forms = [self._form(photo) for photo in market.photos]
            self.seen = [str(form.prefix) for form in self.forms]
        else:
            order = [prefix for prefix in data.getlist("order") if _is_prefix(prefix)]
            self.forms = [
                PhotoForm(data, market=market, prefix=prefix)
                for prefix in list(dict.fromkeys(order))[:MAX_FORMS]
            ]
            self.seen = data.getlist("seen")[: 4 * MAX_FORMS]

    def __iter__(self) -> Iterator[PhotoForm]:
        return iter(self.forms)

    def __len__(self) -> int:
        return len(self.forms)

    @property
    def photos(self) -> tuple[Photo, ...]:
        """The photos with their entered descriptions; after validation."""
        return tuple(form.photo for form in self.forms if form.photo is not None)

    @property
    def total_error_count(self) -> int:
        return len(self.non_form_errors) + sum(len(form.errors) for form in self.forms)

    def is_valid(self, *, complete: bool) -> bool:
        """Whether the photos can be saved; `complete` requires some, all described."""
        for form in self.forms:
            form.fields["alt_text"].required = complete
        invalid = [form for form in self.forms if form.is_bound and not form.is_valid()]
        if len(self.forms) > details.MAX_PHOTOS:
            self.non_form_errors.append(
                f"You can show at most {details.MAX_PHOTOS} photos. Remove"
                f" {len(self.forms) - details.MAX_PHOTOS} of these."
            )
        if complete and not self.forms:
            self.non_form_errors.append("Add at least one photo.")
        return not invalid and not self.non_form_errors

    def errors(self) -> Iterator[tuple[str, str]]:
        """Yield each error with the link to its place on the page."""
        yield from (("#photos", error) for error in self.non_form_errors)
        for form in self.forms:
            yield from ((f"#photo-{form.prefix}", str(each)) for each in form.non_field_errors())
            for field in form:
                link = f"#{field.id_for_label or field.auto_id}"
                yield from ((link, str(each)) for each in field.errors)

    def add(self, photo: Photo) -> None:
        """Add a photo after the others, unless it is in the set already."""
        if prefix_of(photo) not in [form.prefix for form in self.forms]:
            self.forms.append(self._form(photo))
            self.seen.append(prefix_of(photo))

    def remove(self, prefix: str) -> None:
        self.forms = [form for form in self.forms if form.prefix != prefix]

    def move(self, prefix: str, by: int) -> None:
        """Move a photo by so many places; at either end it stays."""
        at = next((at for at, form in enumerate(self.forms) if form.prefix == prefix), None)
        if at is not None and 0 <= at + by < len(self.forms):
            self.forms.insert(at + by, self.forms.pop(at))

    def add_unseen(self, photos: Iterable[Photo]) -> None:
        """Add, after the others, the photos that another page has added."""
        for photo in photos:
            if prefix_of(photo) not in self.seen:
                self.add(photo)

    def _form(self, photo: Photo) -> PhotoForm:
        return PhotoForm(market=self.market, prefix=prefix_of(photo), photo=photo)


def _is_prefix(text: str) -> bool:
    return bool(re.fullmatch("[0-9a-f]{12}", text))
