"""Photos on their way from the browser to the market; each operation checks permission itself.

A browser sends each file straight to the bucket, with a form signed for this
one file: into the merchant's own prefix, which nobody but the site reads. There
it waits in one of the merchant's few slots until it is verified, encoded anew,
published, and deleted.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from django.core.files.storage import storages

from core import clock
from core.actors import Actor
from core.dynamodb import transaction
from core.errors import DomainError, NotAllowed, NotFound, VersionConflict
from markets.details import MAX_PHOTOS
from markets.images.file_types import PhotoRefused, check_announced, check_size
from markets.lifecycle import Action, next_status
from markets.models import Market, MarketKey, Photo, Status
from markets.operations import revise_market
from markets.permissions import can_apply, owns
from markets.photos.models import Upload
from markets.queries import get_market

if TYPE_CHECKING:
    from core.storage import IncomingStorage, UploadForm

SLOTS = 10  # uploads that a merchant has under way at a time
FORM_SECONDS = 15 * 60  # for a file to begin its way; how long it then takes does not matter
SLOT_SECONDS = 60 * 60  # after that, what was not finished makes room
NAME_LENGTH = 120  # characters of a file's name that are kept
TRIES = 5  # at adding a photo to a draft that is being changed elsewhere


class TooManyUploads(DomainError):
    """All of the merchant's slots are taken."""

    status = 429
    title = "Too many uploads at a time"


class TooManyPhotos(DomainError):
    """The market shows as many photos as a market may."""

    status = 409
    title = "Too many photos"


class NotArrived(DomainError):
    """The bucket has no such file; it has to be sent again."""

    status = 410
    title = "The file did not arrive"


class _SlotTaken(DomainError):
    """Another upload has the slot."""


@dataclass(frozen=True)
class BegunUpload:
    upload_id: str
    form: "UploadForm"


@dataclass(frozen=True)
class FinishedUpload:
    """A published photo, and the market with it if this added it there."""

    photo: Photo
    market: Market | None


def begin_upload(
    actor: Actor, key: MarketKey, *, name: str, content_type: str, size: int
) -> BegunUpload:
    """Take a slot for one file and sign the form that sends it to the bucket.

    PhotoRefused if the file is no photo by its own account; TooManyPhotos,
    TooManyUploads.
    """
    market = _own_market(actor, key)
    from markets.images.storage import MAX_UPLOAD_BYTES

    check_announced(content_type, size, limit=MAX_UPLOAD_BYTES)
    if market.status == Status.DRAFT:
        _require_room(market)
    upload = _taken_slot(actor, market.market_id, name)
    form = _incoming().sign_form(
        upload.object_name,
        content_type=content_type,
        limit=MAX_UPLOAD_BYTES,
        seconds=FORM_SECONDS,
    )
    return BegunUpload(upload.upload_id, form)


def waiting_uploads(actor: Actor, key: MarketKey) -> list[Upload]:
    """Return what the actor began for a market and has not finished; one's own alone are found."""
    if not can_apply(actor):
        return []
    return [upload for upload in _taken(actor) if upload.market_id == key.market_id]


def finish_upload(actor: Actor, key: MarketKey, upload_id: str) -> FinishedUpload:
    """Make the file that arrived a photo; a draft has it from then on.

    To what was submitted it is only offered: the merchant adds it on purpose.
    PhotoRefused, after which the file is gone; NotArrived; TooManyPhotos and
    Unavailable, after which it waits. Doing it again changes nothing.
    """
    market = _own_market(actor, key)
    upload = _waiting(actor, market, upload_id)
    try:
        photo = _published(upload)
    except PhotoRefused:
        _forget(upload)
        raise
    added = add_photo(actor, key, photo) if market.status == Status.DRAFT else None
    _forget(upload)
    return FinishedUpload(photo, added)


def discard_upload(actor: Actor, key: MarketKey, upload_id: str) -> None:
    """Delete the file, if it arrived, and free its slot. Doing it again changes nothing."""
    market = _own_market(actor, key)
    with suppress(NotFound):
        _forget(_waiting(actor, market, upload_id))


def add_photo(actor: Actor, key: MarketKey, photo: Photo) -> Market | None:
    """Add a published photo behind the others of a market, and return the market.

    None if it is there already. Adding takes nothing away from anybody, so
    whoever changes the market at the same moment only costs another try.
    """
    for _ in range(TRIES):
        market = _own_market(actor, key)
        if any(each.key == photo.key for each in market.photos):
            return None
        _require_room(market)
        with suppress(VersionConflict):
            return revise_market(
                actor,
                key,
                expected_version=cast("int", market.version),
                details={"photos": (*market.photos, photo)},
            )
    raise VersionConflict(f"{market.reference} is being changed elsewhere. Please try again.")


def _own_market(actor: Actor, key: MarketKey) -> Market:
    market = get_market(actor, key)
    if not owns(actor, market):
        raise NotAllowed("Only the merchant of an application adds photos to it.")
    next_status(market.status, Action.REVISE)
    return market


def _require_room(market: Market) -> None:
    if len(market.photos) >= MAX_PHOTOS:
        raise TooManyPhotos(
            f"There are {MAX_PHOTOS} photos already, as many as a market shows. "
            "Remove one first, then try again."
        )


def _taken(actor: Actor) -> list[Upload]:
    now = clock.now().timestamp()
    found = Upload.query(actor.id, consistent_read=True)
    return [upload for upload in found if upload.expires_at > now]


def _taken_slot(actor: Actor, market_id: str, name: str) -> Upload:
    now = int(clock.now().timestamp())
    known = {int(upload.slot): upload for upload in Upload.query(actor.id, consistent_read=True)}
    for slot in range(SLOTS):
        before = known.get(slot)
        if before and before.expires_at > now:
            continue
        upload = Upload(
            actor.id,
            slot,
            upload_id=str(uuid4()),
            market_id=market_id,
            name=name[:NAME_LENGTH],
            expires_at=now + SLOT_SECONDS,
        )
        free = Upload.user_id.does_not_exist() | (Upload.expires_at <= now)
        # Another tab may take the slot at this moment: then the next one.
        with suppress(_SlotTaken):
            with transaction() as write:
                write.save(upload, condition=free, conflict=_SlotTaken())
            if before:
                _incoming().delete(before.object_name)
            return upload
    raise TooManyUploads(
        f"You have {SLOTS} uploads under way, which is as many as one merchant may have. "
        "Finish or discard those first."
    )


def _waiting(actor: Actor, market: Market, upload_id: str) -> Upload:
    for upload in _taken(actor):
        if (upload.market_id, upload.upload_id) == (market.market_id, upload_id):
            return upload
    raise NotFound(
        "This upload no longer waits: it is among the photos, was discarded, or took too long."
    )


def _published(upload: Upload) -> Photo:
    from markets.images.processing import one_at_a_time
    from markets.images.storage import MAX_UPLOAD_BYTES, publish_photo

    def work() -> Photo:
        sent = _incoming().read(upload.object_name, limit=MAX_UPLOAD_BYTES + 1)
        if sent is None:
            raise NotArrived("The file did not arrive. Please send it again.")
        check_size(len(sent), limit=MAX_UPLOAD_BYTES)
        return publish_photo(sent, market_id=upload.market_id)

    return one_at_a_time(work)


def _forget(upload: Upload) -> None:
    _incoming().delete(upload.object_name)
    with suppress(_SlotTaken), transaction() as write:
        write.delete(upload, condition=Upload.upload_id == upload.upload_id, conflict=_SlotTaken())


def _incoming() -> "IncomingStorage":
    return cast("IncomingStorage", storages["incoming"])
