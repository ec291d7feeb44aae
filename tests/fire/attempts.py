"""What each write does to the model of an application, and what its author is told.

Other than in the model, everybody acts on what they saw, which may be of the past, and
all writes to an application are here: of its merchant, the city hall and the delivery.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tests.fire.model import (
    MERCHANT_ACTIONS,
    REVISED,
    TIME_TO_UNDO,
    ModelApplication,
    ModelPhoto,
)

ERASED = "(erased)"


@dataclass(frozen=True)
class Attempt:
    """What somebody sends who saw `seen`.

    `text` is the new name of a revision or the text of a note; `photos` are those to save,
    all of them in their order; `upload` is the id of an upload, `photo` what becomes of it.
    """

    action: str
    actor_id: str
    seen: ModelApplication
    text: str = ""
    photos: tuple[ModelPhoto, ...] = ()
    upload: str = ""
    photo: ModelPhoto | None = None


Reply = bool | None
"""Whether the author is told that it is done; None if both are true: it was done before."""


def make(it: ModelApplication, attempt: Attempt, now: datetime) -> Reply:
    """Change the application as an attempt does; return what its author is told."""
    if do := BESIDE.get(attempt.action):
        return do(it, attempt, now)
    if it.deleted or it.owner != attempt.seen.owner:
        # Whoever deletes a draft a second time is told that there is none any more.
        return None if attempt.action == "delete" else False
    return OTHERS.get(attempt.action, take_step)(it, attempt, now)


def take_step(it: ModelApplication, attempt: Attempt, now: datetime) -> Reply:
    action, seen = attempt.action, attempt.seen.version
    if it.refusal(action, seen, now):
        return False
    if it.is_repeat(action, seen):
        return None if action in MERCHANT_ACTIONS else False  # two tabs, but two officers
    if action == "assign":
        it.assignee = attempt.actor_id
    else:
        it.apply(action, now, name=attempt.text if action == "revise" else None)
    return True


def deliver(it: ModelApplication, _attempt: Attempt, now: datetime) -> Reply:
    """Deliver when all that waits is due."""
    it.deliver(now + TIME_TO_UNDO)
    return True


def erase(it: ModelApplication, attempt: Attempt, _now: datetime) -> Reply:
    """Close the account and erase all that is in it."""
    owner = attempt.seen.owner
    if it.closed_account == owner:
        return None
    it.closed_account, it.uploads = owner, []
    if it.deleted or it.owner != owner:
        return True
    if it.status == "draft":
        it.deleted = True
        return True
    if it.status not in {"rejected", "withdrawn"}:
        it.record("withdraw", "withdrawn")
    it.record("erase", it.status)
    it.name, it.photos, it.erased = "", [], True
    it.notes = [ERASED for _ in it.notes]
    for mail in it.mails:
        if mail.state == "waiting":
            mail.state = "cancelled"
    return True


def transfer(it: ModelApplication, attempt: Attempt, _now: datetime) -> Reply:
    """Give what is in the account to another one; uploads stay in the account."""
    owner = attempt.seen.owner
    if it.owner != owner or it.closed_account == owner:
        return False  # the code is used, or of no use any more
    if it.deleted:
        return True  # there is nothing to give
    it.owner = attempt.actor_id
    for mail in it.mails:
        if mail.state == "waiting" and mail.version == it.version:
            mail.version += 1  # so that the decision can still be undone
    it.record("transfer", it.status)
    return True


def add_note(it: ModelApplication, attempt: Attempt, _now: datetime) -> Reply:
    if not it.erased:
        it.notes.append(attempt.text)
    return not it.erased


def save_photos(it: ModelApplication, attempt: Attempt, now: datetime) -> Reply:
    """Save the list of a photos page. In a draft only a change of the photos is in the way."""
    if it.status == "draft":
        refused = it.photos != attempt.seen.photos
    else:
        refused = it.refusal("revise", attempt.seen.version, now) is not None
    if not refused:
        it.photos = list(attempt.photos)
        it.apply("revise", now)
    return not refused


def finish_upload(it: ModelApplication, attempt: Attempt, now: datetime) -> Reply:
    """Add the photo to a draft; later it is only offered, and saved by the photos page."""
    if attempt.upload not in it.uploads:
        return None if attempt.photo in it.photos or it.status != "draft" else False
    if it.status not in REVISED or it.erased:
        return False
    it.uploads.remove(attempt.upload)
    if it.status == "draft" and attempt.photo:
        it.photos.append(attempt.photo)
        it.apply("revise", now)
    return True


def discard_upload(it: ModelApplication, attempt: Attempt, _now: datetime) -> Reply:
    if it.status not in REVISED or it.erased:
        return False
    if attempt.upload in it.uploads:
        it.uploads.remove(attempt.upload)
    return True


Do = Callable[[ModelApplication, Attempt, datetime], Reply]
BESIDE: Mapping[str, Do] = {"deliver": deliver, "erase": erase, "transfer": transfer}
"""What is sent to no address of the application, and so may come whatever has become of it."""
OTHERS: Mapping[str, Do] = {
    "note": add_note,
    "photos": save_photos,
    "finish_upload": finish_upload,
    "discard_upload": discard_upload,
}
