"""Uploading photos. Each operation checks permission itself.

A browser sends each file directly to the bucket, with a form signed for this one file,
to a prefix of the merchant's own that only the site can read. There it occupies one of
the merchant's slots until it is verified, re-encoded and published, and then deleted.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from django.core.files.storage import storages

from core import clock
from core.actors import Actor
from core.closed_accounts.operations import AccountClosed, check_open, require_open
from core.dynamodb import as_domain_error, transaction
from core.errors import DomainError, NotFound, VersionConflict
from identity.permissions import is_merchant
from markets.details import MAX_PHOTOS
from markets.images.file_types import PhotoRefused, check_announced, check_size
from markets.lifecycle import Action, next_status
from markets.models import Market, MarketKey, Photo, Status
from markets.operations import revise_loaded_market
from markets.photos.models import Upload
from markets.photos.orphaned_photos import discard_unused_photos
from markets.queries import get_own_market

if TYPE_CHECKING:
    from django.core.files import File

    from core.storage import IncomingStorage, UploadForm

logger = logging.getLogger(__name__)

SLOTS = 10  # unfinished uploads of one merchant
FORM_SECONDS = 15 * 60  # in which the upload has to begin; it may take longer
SLOT_SECONDS = 60 * 60  # after which an unfinished upload loses its slot
NAME_LENGTH = 120  # characters of a file's name that are stored
TRIES = 6  # at adding a photo to a draft that is being changed elsewhere


class TooManyUploads(DomainError):
    """All slots of the merchant are occupied."""

    status = 429
    title = "Too many uploads at a time"


class TooManyPhotos(DomainError):
    """The market has MAX_PHOTOS photos already."""

    status = 409
    title = "Too many photos"


class UploadNotFound(NotFound):
    """The merchant has no such unfinished upload for the market."""


class NotArrived(DomainError):
    """The bucket does not have the file; the browser has to send it again."""

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
    """A published photo, its market, and whether this upload added the photo to it."""

    photo: Photo
    market: Market
    added: bool


def begin_upload(
    actor: Actor, key: MarketKey, *, name: str, content_type: str, size: int
) -> BegunUpload:
    """Occupy a slot for one file and sign the form that sends it to the bucket.

    Raises PhotoRefused if the declared type or size is not acceptable, TooManyPhotos
    and TooManyUploads.
    """
    from markets.images.storage import MAX_UPLOAD_BYTES  # loads Pillow

    market = _get_editable_market(actor, key)
    check_announced(content_type, size, limit=MAX_UPLOAD_BYTES)
    if market.status == Status.DRAFT:
        _check_photo_limit(market)
    upload = _occupy_slot(actor, market.market_id, name)
    form = _incoming().sign_form(
        upload.object_name,
        content_type=content_type,
        limit=MAX_UPLOAD_BYTES,
        seconds=FORM_SECONDS,
    )
    return BegunUpload(upload.upload_id, form)


def waiting_uploads(actor: Actor, key: MarketKey) -> list[Upload]:
    """Return the actor's own unfinished uploads for a market."""
    if not is_merchant(actor):
        return []
    return [upload for upload in _active_uploads(actor) if upload.market_id == key.market_id]


def finish_upload(actor: Actor, key: MarketKey, upload_id: str) -> FinishedUpload:
    """Publish the uploaded file as a photo, and add it to the market if that is a draft.

    After a submission it is not added, because the merchant saves such changes
    explicitly. Raises UploadNotFound, NotArrived, PhotoRefused, which deletes the file,
    and TooManyPhotos or Unavailable, after which the upload can be finished later.
    """
    market = _get_editable_market(actor, key)
    upload = _find_upload(actor, market, upload_id)
    try:
        photo = _publish(upload)
    except PhotoRefused:
        _delete_upload(upload)
        raise
    try:
        market, added = _add_photo(actor, market, photo)
        _end_upload(upload)
    except (AccountClosed, NotFound):
        # The account or the draft was deleted in the meantime, and did not find this photo.
        discard_unused_photos(actor.id, market.market_id)
        raise
    return FinishedUpload(photo, market, added)


def add_form_file(actor: Actor, market: Market, file: "File[bytes]") -> Photo:
    """Publish a photo that came with a form; the caller saves it with the market.

    Raises PhotoRefused, Unavailable, and AccountClosed if the account was deleted in
    the meantime.
    """
    from markets.images.storage import store_photo

    photo = store_photo(file, market_id=market.market_id)
    try:
        check_open(actor.id)
    except AccountClosed:
        discard_unused_photos(actor.id, market.market_id)
        raise
    return photo


def discard_upload(actor: Actor, key: MarketKey, upload_id: str) -> None:
    """Delete the file, if it arrived, and free its slot. Repeating this is no error."""
    market = _get_editable_market(actor, key)
    with suppress(UploadNotFound):
        _delete_upload(_find_upload(actor, market, upload_id))


def _add_photo(actor: Actor, market: Market, photo: Photo) -> tuple[Market, bool]:
    """Add a photo to a draft, after the others; return the market, and whether it was added.

    It is not added if the market has it already, or is submitted, perhaps at this moment.
    Adding removes nothing, so a change of the draft is no conflict: the photo is added to
    the new version.
    """
    key = market.key
    for _ in range(TRIES):
        if market.status != Status.DRAFT or any(each.key == photo.key for each in market.photos):
            return market, False
        _check_photo_limit(market)
        try:
            revised = revise_loaded_market(
                actor,
                market,
                expected_version=cast("int", market.version),
                details={"photos": (*market.photos, photo)},
            )
        except VersionConflict:
            market = _get_editable_market(actor, key)
        else:
            return revised, True
    raise VersionConflict(f"{market.reference} is being changed elsewhere. Please try again.")


def _get_editable_market(actor: Actor, key: MarketKey) -> Market:
    market = get_own_market(actor, key)
    next_status(market.status, Action.REVISE)
    return market


def _check_photo_limit(market: Market) -> None:
    if len(market.photos) >= MAX_PHOTOS:
        raise TooManyPhotos(
            f"There are {MAX_PHOTOS} photos already, and no more can be shown. "
            "Remove one first, then try again."
        )


def _active_uploads(actor: Actor) -> list[Upload]:
    now = clock.now().timestamp()
    found = Upload.query(actor.id, consistent_read=True)
    return [upload for upload in found if upload.expires_at > now]


def _occupy_slot(actor: Actor, market_id: str, name: str) -> Upload:
    now = int(clock.now().timestamp())
    known = {int(upload.slot): upload for upload in Upload.query(actor.id, consistent_read=True)}
    for slot in range(SLOTS):
        previous = known.get(slot)
        if previous and previous.expires_at > now:
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
        # Another tab may occupy the slot at this moment: then try the next one.
        with suppress(_SlotTaken):
            with transaction() as write:
                require_open(write, actor.id)
                write.save(upload, condition=free, conflict=_SlotTaken())
            if previous:
                _incoming().delete(previous.object_name)
            return upload
    raise TooManyUploads(
        f"You have {SLOTS} unfinished uploads, which is the most that one merchant may have. "
        "Finish or discard one first."
    )


def _find_upload(actor: Actor, market: Market, upload_id: str) -> Upload:
    for upload in _active_uploads(actor):
        if (upload.market_id, upload.upload_id) == (market.market_id, upload_id):
            return upload
    raise UploadNotFound("This upload is finished, discarded or expired.")


def _publish(upload: Upload) -> Photo:
    from markets.images.processing import one_at_a_time
    from markets.images.storage import MAX_UPLOAD_BYTES, publish_photo

    def work() -> Photo:
        content = _incoming().read(upload.object_name, limit=MAX_UPLOAD_BYTES + 1)
        if content is None:
            raise NotArrived("The file did not arrive. Please send it again.")
        check_size(len(content), limit=MAX_UPLOAD_BYTES)
        return publish_photo(content, market_id=upload.market_id)

    return one_at_a_time(work)


def _end_upload(upload: Upload) -> None:
    """Delete an upload that is published; AccountClosed if its merchant's account is deleted.

    If DynamoDB does not answer, the photo is published in any case: its slot is free
    again within the hour.
    """
    try:
        _delete_upload(upload, published=True)
    except Exception as fault:
        if as_domain_error(fault) is None:
            raise
        logger.warning("a finished upload keeps its slot", exc_info=True)


def _delete_upload(upload: Upload, *, published: bool = False) -> None:
    _incoming().delete(upload.object_name)
    with suppress(_SlotTaken), transaction() as write:
        if published:
            require_open(write, upload.user_id)
        write.delete(upload, condition=Upload.upload_id == upload.upload_id, conflict=_SlotTaken())


def _incoming() -> "IncomingStorage":
    return cast("IncomingStorage", storages["incoming"])
