"""What merchants do. Each operation checks permission, version and state itself."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from core import clock
from core.actors import Actor
from core.dynamodb import transaction
from core.errors import (
    AlreadyExists,
    DomainError,
    InvalidTransition,
    NotAllowed,
    Unavailable,
    VersionConflict,
)
from markets import history
from markets.cities.models import CallState, City
from markets.cities.queries import get_city
from markets.details import MarketDetails, check_details
from markets.images.storage import copy_photos, discard_photos
from markets.lifecycle import Action
from markets.models import REFERENCE_ALPHABET, Market, MarketKey, Reference, Status
from markets.permissions import can_apply, owns
from markets.queries import count_open, exists, get_market

logger = logging.getLogger(__name__)

REFERENCE_LENGTH = 4
REFERENCE_TRIES = 8
MAX_OPEN = 20  # applications that a merchant has under way at a time, drafts included


class CallNotOpen(DomainError):
    """The city takes no applications at this moment."""

    status = 409
    title = "The call is not open"


class TooManyOpen(DomainError):
    """The merchant has as many applications under way as one may have."""

    status = 409
    title = "Too many open applications"


class _ReferenceTaken(DomainError):
    """Another market has this reference; one draws another."""


def create_draft(actor: Actor, *, market_id: str, city_slug: str, details: MarketDetails) -> Market:
    """Begin an application under an id drawn beforehand.

    The id makes the operation safe to repeat: a second call with the same one
    is AlreadyExists, whatever it says. NotAllowed unless the actor is a merchant,
    CallNotOpen outside the city's call, TooManyOpen beyond MAX_OPEN.
    """
    city = _require_room(actor, MarketKey(actor.id, market_id), city_slug)
    check_details(details, market_id=market_id, complete=False)
    for _ in range(REFERENCE_TRIES):
        try:
            return _create(actor, market_id, city, details)
        except _ReferenceTaken:
            continue
    raise RuntimeError(f"No free reference found for {city.slug}")


def _create(actor: Actor, market_id: str, city: City, details: MarketDetails) -> Market:
    now = clock.now()
    drawn = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))
    market = Market(
        actor.id,
        market_id,
        reference=f"{city.code}-{drawn}",
        city=city.slug,
        created_at=now,
        updated_at=now,
    )
    details.write_to(market)
    market.enter(Status.DRAFT)
    with transaction() as write:
        write.save(market, conflict=_exists())
        write.save(
            Reference(market.reference, user_id=actor.id, market_id=market_id),
            condition=Reference.reference.does_not_exist(),
            conflict=_ReferenceTaken(),
        )
    return market


def apply_again(actor: Actor, key: MarketKey, *, market_id: str, city_slug: str) -> Market:
    """Begin an application, as `create_draft` does, with all that another one of one's own says.

    Photos are copied; one that is no longer there is left out. A price is
    left out where the currency is another.
    """
    old = _own_market(actor, key)
    city = _require_room(actor, MarketKey(actor.id, market_id), city_slug)
    details = replace(MarketDetails.of(old), photos=copy_photos(old.photos, market_id=market_id))
    if city.currency != get_city(old.city).currency:
        details = replace(details, average_price=None)
    return create_draft(actor, market_id=market_id, city_slug=city_slug, details=details)


def revise_market(
    actor: Actor, key: MarketKey, *, expected_version: int, details: Mapping[str, Any]
) -> Market:
    """Replace those details that are given, by their names in MarketDetails.

    What was approved is then submitted anew.
    """
    market = _own_market(actor, key)
    revised = replace(MarketDetails.of(market), **details)
    check_details(revised, market_id=market.market_id, complete=market.status != Status.DRAFT)
    with history.change(actor, market, Action.REVISE, expected_version=expected_version) as step:
        revised.write_to(market)
        if market.status == Status.APPROVED:
            _queue_anew(market, step.at)
    return market


def submit_market(actor: Actor, key: MarketKey, *, expected_version: int) -> Market:
    """Hand a complete application to the city.

    InvalidDetails if something required is missing; CallNotOpen for a draft
    outside the call (an answer to the city's request for changes is always taken).
    """
    market = _own_market(actor, key)
    if market.status == Status.DRAFT:
        _require_open_call(get_city(market.city))
    with history.change(actor, market, Action.SUBMIT, expected_version=expected_version) as step:
        check_details(MarketDetails.of(market), market_id=market.market_id, complete=True)
        _queue_anew(market, step.at)
    return market


def withdraw_market(actor: Actor, key: MarketKey, *, expected_version: int) -> Market:
    market = _own_market(actor, key)
    with history.change(actor, market, Action.WITHDRAW, expected_version=expected_version):
        pass
    return market


def delete_draft(actor: Actor, key: MarketKey, *, expected_version: int) -> None:
    """Delete a draft with its photos: nobody but its merchant has ever seen it."""
    market = _own_market(actor, key)
    if market.status != Status.DRAFT:
        raise InvalidTransition("Only a draft can be deleted; what was submitted is withdrawn.")
    if market.version != expected_version:
        raise _changed(market)
    drop_draft(market)
    try:
        discard_photos(name for photo in market.photos for name in photo.all_keys)
    except Unavailable:
        # The draft is gone, and nobody knows the names of what is left.
        logger.warning("photos of a deleted draft are left over", exc_info=True)


def drop_draft(market: Market) -> None:
    """Delete a draft, but for its photos; for operations that have checked permission."""
    stale = _changed(market)
    with transaction() as write:
        write.delete(market, conflict=stale)
        write.delete(
            Reference(market.reference, user_id=market.user_id, market_id=market.market_id),
            conflict=stale,
        )


def _changed(market: Market) -> VersionConflict:
    return VersionConflict(f"{market.reference} was changed in the meantime.")


def _own_market(actor: Actor, key: MarketKey) -> Market:
    market = get_market(actor, key)
    if not owns(actor, market):
        raise NotAllowed("Only the merchant of an application can do this.")
    return market


def _require_room(actor: Actor, key: MarketKey, city_slug: str) -> City:
    """Return the city if the actor may begin an application there, under `key`, now."""
    if not can_apply(actor):
        raise NotAllowed("Only merchants apply for a place.")
    city = get_city(city_slug)
    _require_open_call(city)
    # Two that are begun at the same moment may both be the last: it is a fence, not a quota.
    if count_open(actor) >= MAX_OPEN:
        if exists(key):
            raise _exists()
        raise TooManyOpen(
            f"You have {MAX_OPEN} applications under way, which is as many as one merchant may"
            " have. Please delete a draft or withdraw an application first."
        )
    return city


def _exists() -> AlreadyExists:
    return AlreadyExists("This application has been begun already.")


def _require_open_call(city: City) -> None:
    state = city.call_state
    if state == CallState.UPCOMING:
        raise CallNotOpen(f"{city.name} takes applications from {city.call_opens:%-d %B %Y}.")
    if state == CallState.CLOSED:
        raise CallNotOpen(f"{city.name} took applications until {city.call_closes:%-d %B %Y}.")


def _queue_anew(market: Market, now: datetime) -> None:
    """Put the market at the queue's end, without an earlier decision."""
    market.submitted_at = now
    market.forget_decision()
