"""The photos of a market as a form: one part for each, in the order that they are sent in."""

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

KEPT = 20 * 3600  # seconds for which an unsaved photo is surely stored
MAX_ROWS = 2 * details.MAX_PHOTOS  # those of two tabs together


def row_of(photo: Photo) -> str:
    """Return the name of a photo's part of the form; the same picture has the same."""
    return str(photo.sha256)[:12]


def fingerprint(photos: Iterable[Photo]) -> str:
    """Return what tells whether photos, their order and what is said of them are the same."""
    facts = [[photo.key, photo.alt_text, photo.role] for photo in photos]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


class PhotoForm(forms.Form):
    """What is said of one photo, which is named by a signature: it is stored already."""

    use_required_attribute = False

    stored = forms.CharField(widget=forms.HiddenInput)
    alt_text = forms.CharField(
        label="What the photo shows",
        max_length=details.ALT_TEXT_LENGTH,
        required=False,
        help_text="For people who cannot see it, such as “Our house at night”.",
        error_messages={"required": "Say what the photo shows."},
    )
    role = forms.ChoiceField(
        label="What it is for",
        choices=[("", "Nothing special"), *PhotoRole.choices],
        required=False,
    )

    photo: Photo | None = None

    def __init__(
        self, data: QueryDict | None = None, *, market: Market, row: str, photo: Photo | None = None
    ) -> None:
        self.row = row
        self._market = market
        self._salt = f"photo:{market.market_id}"
        initial = {}
        if photo is not None:
            self.photo = photo
            initial = {"alt_text": photo.alt_text, "role": photo.role or ""}
            initial["stored"] = self._sign(photo)
        elif data is not None:
            self.photo = self._recall(data.get(f"{row}-stored", ""))
        super().__init__(data, prefix=row, initial=initial)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.photo is None:
            raise forms.ValidationError("This photo was lost on its way. Please add it again.")
        self.photo.alt_text = cleaned.get("alt_text") or ""
        self.photo.role = cleaned.get("role") or None
        return cleaned

    @property
    def words(self) -> str:
        """What the photo shows, as the form has it now."""
        return str(self["alt_text"].value() or "")

    @property
    def faults(self) -> list[str]:
        return [str(fault) for faults in self.errors.values() for fault in faults]

    def _sign(self, photo: Photo) -> str:
        facts = [photo.key, photo.width, photo.height, photo.sha256, list(photo.widths)]
        return signing.dumps(facts, salt=self._salt)

    def _recall(self, signed: str) -> Photo | None:
        kept = {photo.key: photo for photo in self._market.photos}
        try:
            facts = signing.loads(signed, salt=self._salt)
            if facts[0] not in kept:
                facts = signing.loads(signed, salt=self._salt, max_age=KEPT)
        except signing.BadSignature:
            return None
        names = ("key", "width", "height", "sha256", "widths")
        return Photo(**dict(zip(names, facts, strict=True)))


class PhotoFormSet:
    """The photos of one market, in their order.

    `order` names the parts of the form one after another, and `seen` all that
    the page knew of: what was added elsewhere meanwhile is neither.
    """

    prefix = "photos"

    def __init__(self, market: Market, data: QueryDict | None = None) -> None:
        self.market = market
        self.non_form_errors: list[str] = []
        if data is None:
            self.rows = [self._row(photo) for photo in market.photos]
            self.seen = [form.row for form in self.rows]
        else:
            named = [row for row in data.getlist("order") if re.fullmatch("[0-9a-f]{12}", row)]
            self.rows = [
                PhotoForm(data, market=market, row=row)
                for row in list(dict.fromkeys(named))[:MAX_ROWS]
            ]
            self.seen = data.getlist("seen")[: 4 * MAX_ROWS]

    def __iter__(self) -> Iterator[PhotoForm]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def photos(self) -> tuple[Photo, ...]:
        """The photos as the form has them; after validation."""
        return tuple(form.photo for form in self.rows if form.photo is not None)

    @property
    def total_error_count(self) -> int:
        return len(self.non_form_errors) + sum(len(form.errors) for form in self.rows)

    def is_valid(self, *, complete: bool) -> bool:
        """Whether it can be saved; what is submitted must be `complete`."""
        for form in self.rows:
            form.fields["alt_text"].required = complete
        faults = [form.row for form in self.rows if form.is_bound and not form.is_valid()]
        if len(self.rows) > details.MAX_PHOTOS:
            self.non_form_errors.append(
                f"A market shows at most {details.MAX_PHOTOS} photos. Remove"
                f" {len(self.rows) - details.MAX_PHOTOS} of these."
            )
        if complete and not self.rows:
            self.non_form_errors.append("Add at least one photo.")
        return not faults and not self.non_form_errors

    def add(self, photo: Photo) -> None:
        """Put a photo behind the others, unless it is there."""
        if row_of(photo) not in [form.row for form in self.rows]:
            self.rows.append(self._row(photo))
            self.seen.append(row_of(photo))

    def remove(self, row: str) -> None:
        self.rows = [form for form in self.rows if form.row != row]

    def move(self, row: str, by: int) -> None:
        """Move a photo by so many places; at either end it stays."""
        at = next((at for at, form in enumerate(self.rows) if form.row == row), None)
        if at is not None and 0 <= at + by < len(self.rows):
            self.rows.insert(at + by, self.rows.pop(at))

    def take_in(self, photos: Iterable[Photo]) -> None:
        """Put behind the others what was added elsewhere, unseen by this page."""
        for photo in photos:
            if row_of(photo) not in self.seen:
                self.add(photo)

    def _row(self, photo: Photo) -> PhotoForm:
        return PhotoForm(market=self.market, row=row_of(photo), photo=photo)
