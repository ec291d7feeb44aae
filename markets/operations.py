"""What merchants do. Each operation checks permission, version and state itself."""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from core import clock
from core.actors import Actor
from core.closed_accounts.operations import AccountClosed, require_open
from core.dynamodb import once, transaction
from core.errors import (
    AlreadyExists,
    DomainError,
    InvalidTransition,
    Unavailable,
    VersionConflict,
)
from core.text import CODE_ALPHABET
from identity.permissions import require_merchant
from markets import history
from markets.cities.models import CallState, City
from markets.cities.queries import get_city
from markets.details import MarketDetails, check_details
from markets.images.storage import copy_photos, discard_photos
from markets.lifecycle import Action
from markets.models import Market, MarketKey, Reference, Status
from markets.permissions import require_owner
from markets.queries import count_open, find_market, get_own_market
from markets.repeats import find_done, recorded_details

logger = logging.getLogger(__name__)

REFERENCE_LENGTH = 4
REFERENCE_TRIES = 8
MAX_OPEN = 20  # open applications of one merchant, drafts included


class CallNotOpen(DomainError):
    """The city does not accept applications at this moment."""

    status = 409
    title = "The call is not open"


class TooManyOpen(DomainError):
    """The merchant has MAX_OPEN open applications already."""

    status = 409
    title = "Too many open applications"


class _ReferenceTaken(DomainError):
    """Another market has this reference; the operation tries a new one."""


def create_draft(actor: Actor, *, market_id: str, city_slug: str, details: MarketDetails) -> Market:
    """Begin an application under an id that the caller chose.

    The id makes the operation safe to repeat: a second call with the same id raises
    AlreadyExists, whatever its details. Raises NotAllowed unless the actor is a
    merchant, CallNotOpen outside the city's call, and TooManyOpen beyond MAX_OPEN.
    """
    city = _check_can_begin(actor, MarketKey(actor.id, market_id), city_slug)
    return _create_draft(actor, market_id, city, details)


def apply_again(actor: Actor, key: MarketKey, *, market_id: str, city_slug: str) -> Market:
    """Begin an application like `create_draft`, with the details of the merchant's market `key`.

    Photos are copied; a photo that is no longer stored is left out. The price is
    left out if the new city has another currency.
    """
    market = get_own_market(actor, key)
    city = _check_can_begin(actor, MarketKey(actor.id, market_id), city_slug)
    photos = copy_photos(market.photos, market_id=market_id)
    details = replace(MarketDetails.of(market), photos=photos)
    if city.currency != get_city(market.city).currency:
        details = replace(details, average_price=None)
    try:
        return _create_draft(actor, market_id, city, details)
    except AccountClosed:
        discard_photos(name for photo in photos for name in photo.all_keys)
        raise


def revise_market(
    actor: Actor, key: MarketKey, *, expected_version: int, details: Mapping[str, Any]
) -> Market:
    """Replace the given details, by their names in MarketDetails.

    An approved market is submitted again by this.
    """
    market = get_own_market(actor, key)
    return revise_loaded_market(actor, market, expected_version=expected_version, details=details)


def revise_loaded_market(
    actor: Actor, market: Market, *, expected_version: int, details: Mapping[str, Any]
) -> Market:
    """Revise like `revise_market`, for callers that have loaded the market in this request.

    The market is changed in place. After a VersionConflict it has to be loaded again.
    """
    require_owner(actor, market)
    revised = replace(MarketDetails.of(market), **details)
    check_details(revised, market_id=market.market_id, complete=market.status != Status.DRAFT)

    def revise() -> Market:
        change = history.change(actor, market, Action.REVISE, expected_version=expected_version)
        with change as step:
            revised.write_to(market)
            if market.status == Status.APPROVED:
                _queue_again(market, step.at)
        return market

    sent = recorded_details(revised, details)
    return _once(actor, market.key, Action.REVISE, expected_version, revise, sent)


def submit_market(actor: Actor, key: MarketKey, *, expected_version: int) -> Market:
    """Submit a complete application to the city.

    Raises InvalidDetails if something required is missing, and CallNotOpen for a draft
    outside the call. After a request for changes it can be submitted at any time.
    """

    def submit() -> Market:
        market = get_own_market(actor, key)
        if market.status == Status.DRAFT:
            _require_open_call(get_city(market.city))
        change = history.change(actor, market, Action.SUBMIT, expected_version=expected_version)
        with change as step:
            check_details(MarketDetails.of(market), market_id=market.market_id, complete=True)
            _queue_again(market, step.at)
        return market

    return _once(actor, key, Action.SUBMIT, expected_version, submit)


def withdraw_market(actor: Actor, key: MarketKey, *, expected_version: int) -> Market:
    def withdraw() -> Market:
        market = get_own_market(actor, key)
        with history.change(actor, market, Action.WITHDRAW, expected_version=expected_version):
            pass
        return market

    return _once(actor, key, Action.WITHDRAW, expected_version, withdraw)


def delete_draft(actor: Actor, key: MarketKey, *, expected_version: int) -> Market:
    """Delete a draft with its photos and return it. Only its merchant has ever seen it."""
    market = get_own_market(actor, key)
    if market.status != Status.DRAFT:
        raise InvalidTransition("Only a draft can be deleted. You can withdraw an application.")
    if market.version != expected_version:
        raise _version_conflict(market)
    once(lambda: drop_draft(market), lambda: None if find_market(key) else market)
    try:
        discard_photos(name for photo in market.photos for name in photo.all_keys)
    except Unavailable:
        # The draft is gone; `delete_orphaned_photos` removes the photos later.
        logger.warning("photos of a deleted draft are left over", exc_info=True)
    return market


def drop_draft(market: Market) -> Market:
    """Delete a draft, but not its photos. The calling operation has checked permission."""
    conflict = _version_conflict(market)
    with transaction() as write:
        write.delete(market, conflict=conflict)
        write.delete(
            Reference(market.reference, user_id=market.user_id, market_id=market.market_id),
            conflict=conflict,
        )
    return market


def _once(
    actor: Actor,
    key: MarketKey,
    action: Action,
    expected_version: int,
    write: Callable[[], Market],
    sent: Mapping[str, Any] | None = None,
) -> Market:
    """Run a write; if its answer was lost, or it is sent again, return the market it made."""

    def done() -> Market | None:
        return find_done(actor, key, action, expected_version=expected_version, sent=sent)

    return once(write, done)


def _create_draft(actor: Actor, market_id: str, city: City, details: MarketDetails) -> Market:
    check_details(details, market_id=market_id, complete=False)
    key = MarketKey(actor.id, market_id)
    for _ in range(REFERENCE_TRIES):
        try:
            # Sent again it is AlreadyExists, which says all that its merchant has to know.
            return once(
                lambda: _save_new(actor, market_id, city, details),
                lambda: find_market(key),
                refusals=(),
            )
        except _ReferenceTaken:
            continue
    raise RuntimeError(f"No free reference found for {city.slug}")


def _save_new(actor: Actor, market_id: str, city: City, details: MarketDetails) -> Market:
    now = clock.now()
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(REFERENCE_LENGTH))
    market = Market(
        actor.id,
        market_id,
        reference=f"{city.code}-{code}",
        city=city.slug,
        created_at=now,
        updated_at=now,
    )
    details.write_to(market)
    market.enter(Status.DRAFT)
    with transaction() as write:
        require_open(write, actor.id)
        write.save(market, conflict=_already_exists())
        write.save(
            Reference(market.reference, user_id=actor.id, market_id=market_id),
            condition=Reference.reference.does_not_exist(),
            conflict=_ReferenceTaken(),
        )
    return market


def _check_can_begin(actor: Actor, key: MarketKey, city_slug: str) -> City:
    """Return the city if the actor may begin an application there now, under `key`."""
    require_merchant(actor, "Only merchants apply for a place.")
    city = get_city(city_slug)
    _require_open_call(city)
    # Two drafts that begin at the same moment may both pass: the limit only stops abuse.
    if count_open(actor) >= MAX_OPEN:
        if find_market(key):
            raise _already_exists()
        raise TooManyOpen(
            f"You have {MAX_OPEN} open applications, which is the most that one merchant may"
            " have. Please delete a draft or withdraw an application first."
        )
    return city


def _already_exists() -> AlreadyExists:
    return AlreadyExists("You have begun this application already.")


def _version_conflict(market: Market) -> VersionConflict:
    return VersionConflict(f"{market.reference} was changed in the meantime.")


def _require_open_call(city: City) -> None:
    state = city.call_state
    if state == CallState.UPCOMING:
        raise CallNotOpen(f"{city.name} accepts applications from {city.call_opens:%-d %B %Y}.")
    if state == CallState.CLOSED:
        raise CallNotOpen(f"{city.name} accepted applications until {city.call_closes:%-d %B %Y}.")


def _queue_again(market: Market, now: datetime) -> None:
    """Put the market at the end of the queue, without an earlier decision."""
    market.submitted_at = now
    market.clear_decision()
