"""All that Garage keeps of a merchant, as one zip of their own: data.json and photos.

It goes to a private place in the bucket and is fetched from there, since a
function may answer with 6 MB at most; on the way no more than one photo and
one part of the upload are in memory. See docs/decisions/0012-takeouts.md.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django.core.files.storage import default_storage, storages

from core import clock
from core.actors import Actor
from core.dynamodb import Table, plain_value
from core.errors import NotAllowed
from core.unsaved import operations as unsaved
from identity.sessions.models import Session
from identity.sessions.operations import list_sessions
from markets.accounts.profiles import get_profile
from markets.history.queries import history_of
from markets.models import Market
from markets.outbox.messages import messages_to
from markets.permissions import can_apply
from markets.photos.models import Upload

if TYPE_CHECKING:
    from core.storage import ExportStorage, PhotoStorage

FILE_NAME = "my-garage-data.zip"
KEPT_FOR = timedelta(days=1)
"""The bucket's own rule for the prefix (infra/stack.yaml)."""
LINK_SECONDS = 5 * 60  # for the download to begin

WITHHELD: Mapping[type[Table], Mapping[str, str]] = {
    Market: {
        "decided_by": "an officer's, who decides for the city hall",
        "assignee": "whose desk at the city hall it is on",
        "assignee_name": "likewise",
        "erasure_state": "of no meaning to anybody but the command",
    },
    Session: {
        "id": "whoever has it could act in the session",
        "refresh_token": "likewise",
        "cities": "an officer's",
    },
}
"""What is kept with a person's data and is not theirs, or would harm them; and why. Of
history records only what RECORD_NAMES names is told: notes of officers never are."""
RECORD_NAMES = ("version", "at", "channel", "action", "before", "after", "text", "hash", "previous")


@dataclass(frozen=True)
class DataExport:
    """A zip that was made and can be fetched: at `url`, for some minutes."""

    made_at: datetime
    size: int
    url: str

    @property
    def until(self) -> datetime:
        """When it will be gone, or soon after."""
        return self.made_at + KEPT_FOR


def make_data_export(actor: Actor, *, signed_in_as: Mapping[str, str]) -> None:
    """Make the merchant's zip, in place of an earlier one; it appears when it is whole.

    `signed_in_as` is what Cognito says of them. Unavailable when DynamoDB or the
    bucket does not answer.
    """
    _require_merchant(actor)
    _storage().write(_name(actor.id), iter_data_export(actor, signed_in_as=signed_in_as))


def find_data_export(actor: Actor) -> DataExport | None:
    """Return the merchant's own zip, if one was made and is not gone yet."""
    _require_merchant(actor)
    found = _storage().find(_name(actor.id))
    if found is None or found.saved_at + KEPT_FOR <= clock.now():
        return None
    url = _storage().sign_url(_name(actor.id), file_name=FILE_NAME, seconds=LINK_SECONDS)
    return DataExport(found.saved_at, found.size, url)


def discard_data_export(user_id: str) -> None:
    """Delete a merchant's zip; none is no error. For operations, which know whose it is."""
    _storage().delete(_name(user_id))


def iter_data_export(actor: Actor, *, signed_in_as: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the zip in parts, reading one market and one photo at a time."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED

    from zipstream import ZipStream

    archive = ZipStream(compress_type=ZIP_STORED)
    for name, content in _files(actor, signed_in_as):
        packed = ZIP_DEFLATED if name.endswith(".json") else ZIP_STORED
        archive.add(content, name, compress_type=packed)
        yield from archive.all_files()
    yield from archive.finalize()


def facts_of(item: Table) -> dict[str, Any]:
    """Return what an item says, under its names in JSON, but for what is withheld."""
    withheld = WITHHELD.get(type(item), {})
    return {
        str(attribute.attr_name): plain_value(getattr(item, name))
        for name, attribute in item.get_attributes().items()
        if name not in withheld
    }


def _files(actor: Actor, signed_in_as: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    about: dict[str, Any] = {
        "madeAt": clock.now().isoformat(),
        "userId": actor.id,
        "signedInAs": dict(signed_in_as),
        "myDetails": facts_of(get_profile(actor)),
        "sessions": [facts_of(session) for session in list_sessions(actor.id)],
        "typedAndNotSaved": [facts_of(each) for each in unsaved.list_forms(actor.id)],
        "uploadsUnderWay": [
            facts_of(each) for each in Upload.query(actor.id, consistent_read=True)
        ],
    }
    yield "account.json", _json(about)
    for market in Market.query(actor.id, consistent_read=True):
        folder = f"markets/{market.reference}"
        photos = []
        for number, photo in enumerate(market.photos, 1):
            name = f"photo-{number}.webp"
            content = _photos().read(photo.key)
            if content is not None:
                yield f"{folder}/{name}", content
            photos.append(plain_value(photo) | {"file": name if content is not None else None})
        yield f"{folder}/market.json", _json(_market(market) | {"photos": photos})


def _market(market: Market) -> dict[str, Any]:
    records = history_of(market)
    merchants = {market.user_id, *(entry.before.get("userId") for entry in records)}
    return facts_of(market) | {
        "history": [
            {name: plain_value(getattr(entry, name)) for name in RECORD_NAMES}
            | {"by": "merchant" if entry.actor_id in merchants else "others"}
            for entry in records
        ],
        "messages": [facts_of(message) for message in messages_to(market)],
    }


def _json(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, indent=2, ensure_ascii=False).encode()


def _name(user_id: str) -> str:
    return f"{user_id}/{FILE_NAME}"


def _storage() -> "ExportStorage":
    return cast("ExportStorage", storages["takeouts"])


def _photos() -> "PhotoStorage":
    return cast("PhotoStorage", default_storage)


def _require_merchant(actor: Actor) -> None:
    if not can_apply(actor):
        raise NotAllowed("Only merchants have data of their own here.")
