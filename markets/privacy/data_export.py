"""The data export: all data that Garage stores about a merchant, as one zip file.

The zip is written to a private prefix of the bucket and downloaded from there, because
a function can answer with 6 MB at most. Only one photo and one part of the upload
are in memory at a time. See docs/decisions/0012-data-exports.md.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django.core.files.storage import default_storage, storages

from core import clock, deadline
from core.actors import Actor
from core.closed_accounts.operations import AccountClosed, check_open
from core.dynamodb import Table, plain_value
from core.unsaved import operations as unsaved
from identity.permissions import require_merchant
from identity.sessions.models import Session
from identity.sessions.operations import list_sessions
from markets.accounts.profiles import get_profile
from markets.history.queries import history_of
from markets.models import Market
from markets.outbox.messages import messages_to
from markets.photos.models import Upload

if TYPE_CHECKING:
    from core.storage import ExportStorage, PublicStorage

FILE_NAME = "my-garage-data.zip"
LIFETIME = timedelta(days=1)
"""As in the bucket's rule for the prefix (infra/stack.yaml)."""
LINK_SECONDS = 5 * 60  # in which the download has to begin
PHOTO_SECONDS = 0.2  # that one photo adds to the time of the request
MERCHANTS_ONLY = "Only merchants can export their data."

WITHHELD: Mapping[type[Table], Mapping[str, str]] = {
    Market: {
        "decided_by": "identifies an officer",
        "assignee": "identifies an officer",
        "assignee_name": "likewise",
        "erasure_state": "only of technical meaning",
    },
    Session: {
        "id": "a secret: with it one can act in the session",
        "refresh_token": "likewise",
        "cities": "only of officers",
    },
}
"""Attributes that are not exported, and why. Of history records only RECORD_NAMES are
exported, so notes of officers never are."""
RECORD_NAMES = ("version", "at", "channel", "action", "before", "after", "text", "hash", "previous")


@dataclass(frozen=True)
class DataExport:
    """A zip file that can be downloaded from `url` for some minutes."""

    made_at: datetime
    size: int
    url: str

    @property
    def until(self) -> datetime:
        """When the bucket deletes it, or soon after."""
        return self.made_at + LIFETIME


def make_data_export(actor: Actor, *, signed_in_as: Mapping[str, str]) -> None:
    """Create the merchant's zip file and replace an earlier one once it is complete.

    `signed_in_as` are the merchant's name and e-mail address at Cognito. Raises
    Unavailable when DynamoDB or the bucket does not answer, and AccountClosed if the
    account was deleted in the meantime.
    """
    require_merchant(actor, MERCHANTS_ONLY)
    _storage().write(_name(actor.id), iter_data_export(actor, signed_in_as=signed_in_as))
    try:
        check_open(actor.id)
    except AccountClosed:
        discard_data_export(actor.id)
        raise


def find_data_export(actor: Actor) -> DataExport | None:
    """Return the merchant's own zip file; None if there is none or it has expired."""
    require_merchant(actor, MERCHANTS_ONLY)
    found = _storage().find(_name(actor.id))
    if found is None or found.saved_at + LIFETIME <= clock.now():
        return None
    url = _storage().sign_url(_name(actor.id), file_name=FILE_NAME, seconds=LINK_SECONDS)
    return DataExport(found.saved_at, found.size, url)


def discard_data_export(user_id: str) -> None:
    """Delete a merchant's zip file; none is no error. The caller has checked permission."""
    _storage().delete(_name(user_id))


def iter_data_export(actor: Actor, *, signed_in_as: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the zip file in parts, reading one market and one photo at a time."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED

    from zipstream import ZipStream

    archive = ZipStream(compress_type=ZIP_STORED)
    for name, content in _files(actor, signed_in_as):
        packed = ZIP_DEFLATED if name.endswith(".json") else ZIP_STORED
        archive.add(content, name, compress_type=packed)
        yield from archive.all_files()
    yield from archive.finalize()


def serialize(item: Table) -> dict[str, Any]:
    """Return an item's attributes, except those withheld, under their names in JSON."""
    withheld = WITHHELD.get(type(item), {})
    return {
        str(attribute.attr_name): plain_value(getattr(item, name))
        for name, attribute in item.get_attributes().items()
        if name not in withheld
    }


def _files(actor: Actor, signed_in_as: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    account: dict[str, Any] = {
        "madeAt": clock.now().isoformat(),
        "userId": actor.id,
        "signedInAs": dict(signed_in_as),
        "profile": serialize(get_profile(actor)),
        "sessions": [serialize(session) for session in list_sessions(actor.id)],
        "unsavedForms": [serialize(each) for each in unsaved.list_forms(actor.id)],
        "unfinishedUploads": [
            serialize(each) for each in Upload.query(actor.id, consistent_read=True)
        ],
    }
    yield "account.json", _json(account)
    for market in Market.query(actor.id, consistent_read=True):
        folder = f"markets/{market.reference}"
        photos = []
        for number, photo in enumerate(market.photos, 1):
            name = f"photo-{number}.webp"
            # The budget of a request is for what every export has; each photo needs more.
            deadline.extend(PHOTO_SECONDS)
            content = _photos().read(photo.key)
            if content is not None:
                yield f"{folder}/{name}", content
            photos.append(plain_value(photo) | {"file": name if content is not None else None})
        yield f"{folder}/market.json", _json(_market(market) | {"photos": photos})


def _market(market: Market) -> dict[str, Any]:
    records = history_of(market)
    merchants = {market.user_id, *(entry.before.get("userId") for entry in records)}
    return serialize(market) | {
        "history": [
            {name: plain_value(getattr(entry, name)) for name in RECORD_NAMES}
            | {"by": "merchant" if entry.actor_id in merchants else "others"}
            for entry in records
        ],
        "messages": [serialize(message) for message in messages_to(market)],
    }


def _json(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, indent=2, ensure_ascii=False).encode()


def _name(user_id: str) -> str:
    return f"{user_id}/{FILE_NAME}"


def _storage() -> "ExportStorage":
    return cast("ExportStorage", storages["exports"])


def _photos() -> "PublicStorage":
    return cast("PublicStorage", default_storage)
