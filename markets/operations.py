"""What merchants do. Each operation checks permission, version and state itself."""

import secrets
from datetime import datetime

from garage import clock
from garage.actors import Actor
from garage.dynamodb import transaction
from garage.errors import AlreadyExists, DomainError, NotAllowed
from markets import history
from markets.cities import CallState, City, get_city
from markets.details import MarketDetails, check_details
from markets.lifecycle import Action
from markets.models import Market, MarketKey, Reference, Status
from markets.permissions import can_apply, owns
from markets.queries import get_market

# Crockford's alphabet: nothing in it reads like something else.
REFERENCE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LENGTH = 4
REFERENCE_TRIES = 8


class CallNotOpen(DomainError):
    """The city takes no applications at this moment."""

    status = 409
    title = "The call is not open"


class _ReferenceTaken(DomainError):
    """Another market has this reference; one draws another."""


def create_draft(actor: Actor, *, market_id: str, city_slug: str, details: MarketDetails) -> Market:
    """Begin an application under an id drawn beforehand.

    The id makes the operation safe to repeat: a second call with the same one
    is AlreadyExists, whatever it says. NotAllowed unless the actor is a merchant,
    CallNotOpen outside the city's call.
    """
    if not can_apply(actor):
        raise NotAllowed("Only merchants apply for a place.")
    city = get_city(city_slug)
    _require_open_call(city)
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
    exists = AlreadyExists("This application has been saved already.")
    with transaction() as write:
        history.record(write, actor, market, Action.CREATE, before={}, otherwise=exists)
        write.save(market, otherwise=exists)
        write.save(
            Reference(market.reference, user_id=actor.id, market_id=market_id),
            condition=Reference.reference.does_not_exist(),
            otherwise=_ReferenceTaken(),
        )
    return market


def revise_market(
    actor: Actor, key: MarketKey, *, expected_version: int, details: MarketDetails
) -> Market:
    """Replace the details. What was submitted or approved is then submitted anew."""
    market = _own_market(actor, key)
    check_details(details, market_id=market.market_id, complete=market.status != Status.DRAFT)
    with history.change(actor, market, Action.REVISE, expected_version=expected_version) as step:
        details.write_to(market)
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


def _own_market(actor: Actor, key: MarketKey) -> Market:
    market = get_market(actor, key)
    if not owns(actor, market):
        raise NotAllowed("Only the merchant of an application can do this.")
    return market


def _require_open_call(city: City) -> None:
    state = city.call_state
    if state == CallState.UPCOMING:
        raise CallNotOpen(f"{city.name} takes applications from {city.call_opens:%-d %B %Y}.")
    if state == CallState.CLOSED:
        raise CallNotOpen(f"{city.name} took applications until {city.call_closes:%-d %B %Y}.")


def _queue_anew(market: Market, now: datetime) -> None:
    """Put the market at the queue's end, without an earlier decision."""
    market.submitted_at = now
    market.decided_at = market.decided_by = market.reason_code = market.decision_text = None
    market.change_requests = []
