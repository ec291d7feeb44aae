"""Erasing a merchant: what is deleted, what is kept without personal data, in which order.

Every step can be repeated, and finished steps are skipped: an erasure that was
interrupted is completed by running it again. See docs/decisions/0011-erasure.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.storage import default_storage, storages
from django.db.models import TextChoices
from django.utils.module_loading import import_string

from core import clock
from core.actors import Actor
from core.closed_accounts import operations as closed_accounts
from core.dynamodb import transaction
from core.errors import NotFound, Unavailable, VersionConflict
from core.unsaved import operations as unsaved
from identity.permissions import is_operator, require_merchant
from identity.sessions import operations as sessions
from identity.sign_in import email_accounts
from markets import history
from markets.accounts.profiles import find_profile
from markets.cities.models import City
from markets.cities.queries import get_city
from markets.history import chain
from markets.history.models import HistoryRecord
from markets.history.queries import history_of
from markets.history.records import RECORDED
from markets.images.storage import discard_photos
from markets.lifecycle import Action, next_status
from markets.models import Market, Status
from markets.operations import drop_draft
from markets.outbox.messages import messages_to
from markets.outbox.models import Message, MessageState
from markets.photos.models import Upload
from markets.photos.orphaned_photos import discard_unused_photos
from markets.privacy.data_export import discard_data_export
from markets.queries import load_market

if TYPE_CHECKING:
    from core.storage import PublicStorage

ERASED = "(erased)"
"""Replaces texts that cannot be empty."""
BEGUN = "begun"
ROUNDS = 5  # of erasing until nothing is found: an account that is closed needs two
TRIES = 5  # at erasing a market that is being changed elsewhere


class AlsoErase(Protocol):
    """A function of the setting ALSO_ERASE, for a package that `markets` does not know."""

    def __call__(self, market: Market, *, dry_run: bool = False) -> int:
        """Erase the personal data about a market; return how many texts there were.

        With `dry_run` nothing changes. Safe to repeat.
        """


class Outcome(TextChoices):
    """What happens to an application when its merchant is erased."""

    DELETE = "delete", "Deleted with its photos"
    WITHDRAW = "withdraw", "Withdrawn, then kept without personal data"
    KEEP = "keep", "Kept without personal data"


@dataclass(frozen=True)
class Erasure:
    """An application that was erased, or that a dry run would erase."""

    market_id: str
    reference: str
    status: str
    outcome: Outcome


def outcome_of(market: Market) -> Outcome | None:
    """Return what erasing would do to a market; None if it has no personal data."""
    if market.status == Status.DRAFT:
        return Outcome.DELETE
    if market.erased_at:
        return Outcome.KEEP if market.erasure_state else None
    undecided = market.status in {Status.SUBMITTED, Status.CHANGES_REQUESTED}
    return Outcome.WITHDRAW if undecided or _has_current_place(market) else Outcome.KEEP


def plan_erasure(actor: Actor, user_id: str) -> list[Erasure]:
    """Return what `erase_person` would do to each application, and change nothing."""
    _require_self(actor, user_id)
    markets = Market.query(user_id, consistent_read=True)
    return [_erasure(market, outcome) for market in markets if (outcome := outcome_of(market))]


def erase_person(
    actor: Actor, user_id: str, *, email: str = "", session_id: str = ""
) -> Iterator[Erasure]:
    """Erase all personal data of a merchant; yield each application that this changed.

    Only for the merchant and for operators: others get NotFound or NotAllowed. First the
    account is closed: from then on nothing new can be written for it. Then everything
    is erased until nothing is found, and the account's record says so. All sessions
    except `session_id` end. `email` is the address that the merchant signs in with.
    Raises Unavailable when DynamoDB or the bucket does not answer; then run it again.
    """
    _require_self(actor, user_id)
    account = closed_accounts.close(user_id)
    for _ in range(ROUNDS):
        found = _end_sessions(user_id, email, session_id)
        for market in Market.query(user_id, consistent_read=True):
            if done := erase_market(actor, market):
                found = True
                yield done
        if not (_erase_rest(user_id) or found):
            closed_accounts.record_erased(account)
            return
    raise Unavailable("Some of the data is being changed at this moment. Please try again.")


def _end_sessions(user_id: str, email: str, session_id: str) -> bool:
    """End all sessions except `session_id`, and forget their addresses; return whether any."""
    found = sessions.list_records(user_id)
    others = [session for session in found if session.id != session_id]
    for address in {email, *(session.email for session in found)} - {""}:
        email_accounts.forget(address, user_id)
    for session in others:
        sessions.close(session)
    return bool(others)


def _erase_rest(user_id: str) -> bool:
    """Erase what belongs to no application; return whether there was anything."""
    found = list(Upload.query(user_id, consistent_read=True))
    for upload in found:
        storages["incoming"].delete(upload.object_name)
        discard_unused_photos(user_id, upload.market_id)
        upload.delete()
    forms = unsaved.delete_all(user_id)
    discard_data_export(user_id)
    if profile := find_profile(user_id):
        profile.delete(add_version_condition=False)
    return bool(found or forms or profile)


def erase_market(actor: Actor, market: Market) -> Erasure | None:
    """Erase the personal data in one market, or delete the market if it is a draft.

    Return None if there was nothing to do. The caller has checked permission.
    """
    for _ in range(TRIES):
        if (outcome := outcome_of(market)) is None:
            return None
        try:
            _erase(actor, market, outcome)
        except VersionConflict:
            try:
                market = load_market(market.key)
            except NotFound:
                return None
        else:
            return _erasure(market, outcome)
    raise VersionConflict(f"{market.reference} is being changed elsewhere. Please try again.")


def _erase(actor: Actor, market: Market, outcome: Outcome) -> None:
    if outcome == Outcome.DELETE:
        _discard_photos(market)
        drop_draft(market)
        return
    if outcome == Outcome.WITHDRAW:
        version = market.version or 0
        with history.change(actor, market, Action.WITHDRAW, expected_version=version):
            pass
    if not market.erased_at:
        _erase_market_data(actor, market)
    for entry in history_of(market):
        _erase_record(entry)
    for message in messages_to(market):
        _erase_message(message)
    for path in settings.ALSO_ERASE:
        also_erase: AlsoErase = import_string(path)
        also_erase(market)
    _discard_photos(market)
    # Last, because `apply_retention` finds interrupted erasures by this attribute.
    Market.update_unversioned(
        (market.user_id, market.market_id), {"erasure_state": None}, version=market.version or 0
    )


def _erase_market_data(actor: Actor, market: Market) -> None:
    """Remove the personal data from the market itself, and record the erasure."""
    conflict = VersionConflict(f"{market.reference} was changed in the meantime.")
    status = next_status(market.status, Action.ERASE)
    for json_name, empty in chain.PERSONAL.items():
        setattr(market, RECORDED[json_name], empty)
    market.updated_at = market.erased_at = clock.now()
    market.erasure_state = BEGUN
    market.enter(status)
    entry = HistoryRecord(
        market.market_id,
        (market.version or 0) + 1,
        at=market.updated_at,
        actor_id=actor.id,
        channel=actor.channel.value,
        action=Action.ERASE.value,
        before={},
        after=dict(chain.PERSONAL),
    )
    with transaction() as write:
        chain.append(market, entry)
        write.save(entry, condition=HistoryRecord.version.does_not_exist(), conflict=conflict)
        write.save(market, conflict=conflict)


def _erase_record(entry: HistoryRecord) -> None:
    if chain.erase(entry):
        with transaction() as write:
            write.save(
                entry,
                condition=HistoryRecord.hash == entry.hash,
                conflict=VersionConflict("A record of the history was changed in the meantime."),
            )


def _erase_message(message: Message) -> None:
    if message.body == ERASED:
        return
    unchanged = (Message.state == message.state) & (Message.attempts == message.attempts)
    if message.state == MessageState.WAITING:
        message.state = MessageState.CANCELLED.value
        message.failure = "Erased"
    message.to = message.subject = message.body = ERASED
    with transaction() as write:
        write.save(
            message,
            condition=unchanged,
            conflict=VersionConflict("A message is being sent at this moment."),
        )


def _discard_photos(market: Market) -> None:
    """Delete all photos of a market, including those that it no longer uses."""
    photos = cast("PublicStorage", default_storage).iter_objects(f"markets/{market.market_id}/")
    discard_photos(name for name, _ in photos)


def _has_current_place(market: Market) -> bool:
    """Whether a market has a place on a Christmas market that is not over yet."""
    if market.status != Status.APPROVED or not market.submitted_at:
        return False
    city = get_city(market.city)
    zone = ZoneInfo(city.time_zone)
    opened = datetime.combine(city.call_opens, time.min, zone)
    return market.submitted_at >= opened and clock.now() < _end(city, zone)


def _end(city: City, zone: ZoneInfo) -> datetime:
    last = city.market_days.closes if city.market_days else city.decides_by
    return datetime.combine(last + timedelta(days=1), time.min, zone)


def _erasure(market: Market, outcome: Outcome) -> Erasure:
    return Erasure(market.market_id, market.reference, market.status, outcome)


def _require_self(actor: Actor, user_id: str) -> None:
    if is_operator(actor):
        return
    require_merchant(actor, "Only merchants have an account to delete.")
    if actor.id != user_id:
        raise NotFound("There is no such account.")
