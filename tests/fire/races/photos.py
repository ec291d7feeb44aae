"""What the photos page sends, and the photos that it leads to."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from core.actors import Actor
from markets.images.processing import publishable
from markets.models import Market, Status
from markets.photos.forms import PhotoFormSet, fingerprint
from markets.photos.uploads import add_form_file
from tests import images
from tests.fire.model import ModelPhoto

SIZES = (240, 200), (200, 240)  # pixels; a picture for each of two people
ALT = "The stall"

Fields = dict[str, Any]
Sent = tuple[Fields, tuple[ModelPhoto, ...]]
"""The fields of a form, and the photos that it stands for."""


@cache
def picture(number: int) -> bytes:
    return images.jpeg(SIZES[number])


@cache
def _name(number: int) -> str:
    return hashlib.sha256(publishable(picture(number))[-1].webp).hexdigest()[:32]


def published(market_id: str, number: int, alt_text: str = "") -> ModelPhoto:
    """Return what becomes of a picture."""
    return ModelPhoto(f"markets/{market_id}/{_name(number)}.webp", alt_text)


def add(actor: Actor, market: Market, number: int) -> Sent:
    """Add a photo. A draft takes it at once; later it is published first, and then saved."""
    file = SimpleUploadedFile("a.jpg", picture(number), "image/jpeg")
    if market.status == Status.DRAFT:
        fields, photos = form_of(PhotoFormSet(market), "upload")
        return {**fields, "upload": file}, (*photos, published(market.market_id, number))
    formset = PhotoFormSet(market)
    photo = add_form_file(actor, market, file)
    photo.alt_text = ALT
    formset.add(photo)
    return form_of(formset, "save")


def remove(_actor: Actor, market: Market, number: int) -> Sent:
    """Remove the first photo, or the last."""
    formset = PhotoFormSet(market)
    prefix = formset.forms[-number].prefix
    fields, photos = form_of(formset, f"remove-{prefix}")
    if market.status != Status.DRAFT:
        fields |= {"action": "save", "order": [p for p in fields["order"] if p != prefix]}
    left = [photo for photo in photos if photo.key != formset.photos[-number].key]
    return fields, tuple(left)


def describe(_actor: Actor, market: Market, number: int) -> Sent:
    """Describe the first photo, or the last."""
    formset = PhotoFormSet(market)
    fields, photos = form_of(formset, "list")
    text = f"Described by {number}"
    fields[f"{formset.forms[-number].prefix}-alt_text"] = text
    described = list(photos)
    described[-number] = photos[-number]._replace(alt_text=text)
    return fields, tuple(described)


def move(_actor: Actor, market: Market, number: int) -> Sent:
    """Move the first photo down, or the last one up."""
    formset = PhotoFormSet(market)
    prefix, by = str(formset.forms[-number].prefix), -1 if number else 1
    if market.status == Status.DRAFT:
        fields, _ = form_of(formset, f"{'up' if number else 'down'}-{prefix}")
        formset.move(prefix, by)
        return fields, form_of(formset, "list")[1]
    formset.move(prefix, by)
    return form_of(formset, "list")


KINDS: Mapping[str, Callable[[Actor, Market, int], Sent]] = {
    "add": add,
    "remove": remove,
    "describe": describe,
    "move": move,
}
"""What can be done to the photos of a market, by the first or the second of two people."""


def form_of(formset: PhotoFormSet, action: str) -> Sent:
    """Return what the page sends with one of its buttons, as it is opened."""
    market = formset.market
    fields: Fields = {
        "action": action,
        "expected_version": str(market.version),
        "fingerprint": fingerprint(market.photos),
        "order": [str(form.prefix) for form in formset],
        "seen": formset.seen,
    }
    for form in formset:
        fields |= {
            form.add_prefix(name): form[name].value() or "" for name in ("stored", "alt_text")
        }
    return fields, tuple(ModelPhoto(each.key, each.alt_text) for each in formset.photos)
