"""The application as a form: the market's details and a photo form for each photo."""

from typing import Any, cast

from django import forms
from django.core import signing
from django.core.validators import RegexValidator
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from markets import details
from markets.details import MarketDetails
from markets.models import Category, Language, Market, Photo

PHONE = RegexValidator(
    r"^\+?[0-9 ()/.-]{5,}$", "Enter a telephone number, such as +40 268 413 000."
)
ADD_PHOTO = "add-photo"


class ProseField(forms.CharField):
    """A text of several lines.

    Browsers count the end of a line as one character but send two: with those
    the limit would be another, and an untouched text would count as changed.
    """

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n")


class MarketForm(forms.Form):
    """What a merchant says about a market; a draft may leave anything out."""

    use_required_attribute = False  # the page answers for all fields at once

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
    description = ProseField(
        label="Goods",
        max_length=details.DESCRIPTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="The full list of what you sell. The city approves exactly this list.",
        error_messages={"required": "List the goods that you sell."},
    )
    average_price = forms.DecimalField(
        label="Average price",
        min_value=0,
        max_value=details.MAX_PRICE,
        decimal_places=2,
        help_text="Of one article or portion.",
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
        error_messages={"required": "Enter the average price.", "invalid": "Enter a price."},
    )
    frontage_m = forms.DecimalField(
        label="Frontage in metres",
        min_value=0,
        max_value=details.MAX_FRONTAGE_M,
        decimal_places=2,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )
    power_kw = forms.DecimalField(
        label="Power in kilowatts",
        min_value=0,
        max_value=details.MAX_POWER_KW,
        decimal_places=2,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )
    needs_water = forms.BooleanField(label="Needs running water", required=False)
    uses_gas = forms.BooleanField(label="Uses gas", required=False)
    alcohol = forms.BooleanField(label="Sells alcohol", required=False)
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

    def __init__(self, *args: Any, complete: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not complete:
            for field in self.fields.values():
                field.required = False

    @staticmethod
    def initial_of(market: Market) -> dict[str, Any]:
        return {name: getattr(market, name) for name in MarketForm.base_fields}


class PhotoForm(forms.Form):
    """One photo: a file to upload, or one that was stored before and is named by a signature.

    A file that passes is stored at once, whatever else is wrong on the page, and
    the form then holds its signed name instead: nobody uploads a photo twice.
    """

    stored = forms.CharField(required=False, widget=forms.HiddenInput)
    upload = forms.FileField(
        label="Photo",
        required=False,
        allow_empty_file=True,  # refused further on, in our own words
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/avif"}),
        help_text="JPEG, PNG, WebP or AVIF, up to 4 MB.",
    )
    alt_text = forms.CharField(
        label="What the photo shows",
        max_length=details.ALT_TEXT_LENGTH,
        required=False,
        help_text="For people who cannot see it: “Our house at night, candles in the window”.",
    )
    remove = forms.BooleanField(label="Remove this photo", required=False)

    photo: Photo | None = None

    def __init__(self, *args: Any, market_id: str, complete: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.market_id = market_id
        self.complete = complete
        if not self.is_bound and (photo := self.initial.get("photo")):
            self.photo = photo
            self.initial = {"stored": self._sign(photo), "alt_text": photo.alt_text}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "stored" in self.errors:
            return cleaned
        if cleaned.get("upload") is not None:
            self._store(cleaned["upload"])
        elif cleaned.get("stored"):
            self._recall(cleaned["stored"])
        if self.photo is None:
            if cleaned.get("alt_text") and "upload" not in self.errors:
                self.add_error("upload", "Choose the photo that this text describes.")
        elif not cleaned.get("remove"):
            self.photo.alt_text = cleaned.get("alt_text") or ""
            if self.complete and not self.photo.alt_text and "alt_text" not in self.errors:
                self.add_error("alt_text", "Say what the photo shows.")
        return cleaned

    def _store(self, upload: Any) -> None:
        from markets.photos import PhotoRefused, store_photo

        try:
            self.photo = store_photo(upload, market_id=self.market_id)
        except PhotoRefused as refusal:
            self.add_error("upload", str(refusal))
            return
        # Shown again, the page offers the stored photo rather than an empty input.
        data = cast("QueryDict", self.data)
        data[self.add_prefix("stored")] = self._sign(self.photo)

    def _sign(self, photo: Photo) -> str:
        facts = [photo.key, photo.width, photo.height, photo.sha256]
        return signing.dumps(facts, salt=f"photo:{self.market_id}")

    def _recall(self, signed: str) -> None:
        try:
            key, width, height, sha256 = signing.loads(signed, salt=f"photo:{self.market_id}")
        except signing.BadSignature:
            self.add_error("upload", "This photo was lost on its way. Please choose it again.")
            return
        self.photo = Photo(key=key, width=width, height=height, sha256=sha256)


class BasePhotoFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """The photos of one market, in their order."""

    def __init__(
        self,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        market_id: str,
        photos: tuple[Photo, ...] = (),
        complete: bool = True,
    ) -> None:
        self.complete = complete
        super().__init__(
            data,
            files,
            prefix="photos",
            initial=[{"photo": photo} for photo in photos],
            form_kwargs={"market_id": market_id, "complete": complete},
        )

    @property
    def photos(self) -> tuple[Photo, ...]:
        """The photos to keep; after validation."""
        return tuple(
            form.photo
            for form in self.forms
            if form.photo is not None and not form.cleaned_data.get("remove")
        )

    @property
    def can_add(self) -> bool:
        return len(self.forms) < details.MAX_PHOTOS

    def clean(self) -> None:
        if self.complete and not self.photos and not any(self.errors):
            raise forms.ValidationError("Add at least one photo.", code="required")


PhotoFormSet = cast(
    "type[BasePhotoFormSet]",
    forms.formset_factory(
        PhotoForm,
        formset=BasePhotoFormSet,
        extra=1,
        max_num=details.MAX_PHOTOS,
        absolute_max=details.MAX_PHOTOS,
        validate_max=True,
    ),
)


class Application:
    """The whole form: the market's fields and its photos, for one market id."""

    def __init__(
        self,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        market_id: str,
        market: Market | None = None,
        complete: bool = True,
        initial: dict[str, Any] | None = None,
    ) -> None:
        if data is not None:
            data = data.copy()  # a stored photo's name is written into it
            if data.get("action") == ADD_PHOTO:
                shown = data.get("photos-TOTAL_FORMS", "")
                if shown.isdecimal():
                    data["photos-TOTAL_FORMS"] = str(min(int(shown) + 1, details.MAX_PHOTOS))
        if market is not None:
            initial = MarketForm.initial_of(market)
        self.form = MarketForm(data, initial=initial, complete=complete)
        self.photos = PhotoFormSet(
            data,
            files,
            market_id=market_id,
            photos=tuple(market.photos) if market else (),
            complete=complete,
        )

    def is_valid(self) -> bool:
        # Both, always: every fault is shown at once, and every good photo is stored.
        return all([self.form.is_valid(), self.photos.is_valid()])

    def details(self) -> MarketDetails:
        typed = self.form.cleaned_data.items()
        values: dict[str, Any] = {name: None if value == "" else value for name, value in typed}
        return MarketDetails(**values, photos=self.photos.photos)
