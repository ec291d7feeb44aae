"""What merchants do with their account: say who they are once, and have it filled in."""

from collections.abc import Mapping
from typing import Any

from core import clock
from core.actors import Actor
from core.dynamodb import transaction
from core.errors import InvalidDetails, NotAllowed, VersionConflict
from markets.accounts.models import MerchantProfile
from markets.details import MarketDetails, check_details
from markets.models import Market
from markets.permissions import can_apply, owns

DETAILS = ("legal_name", "contact_email", "phone", "language")
"""What a merchant says of themselves: in the account, and under the same names in a market."""


def get_profile(actor: Actor) -> MerchantProfile:
    """Return the merchant's own account; one that was never saved is empty, without a version."""
    if not can_apply(actor):
        raise NotAllowed("Only merchants have details to keep.")
    try:
        return MerchantProfile.get(actor.id, consistent_read=True)
    except MerchantProfile.DoesNotExist:
        return MerchantProfile(actor.id)


def save_profile(
    actor: Actor, *, expected_version: int, details: Mapping[str, str | None]
) -> MerchantProfile:
    """Replace the details that are given, by their names in DETAILS; None takes one out.

    `expected_version` is 0 for an account that was never saved. VersionConflict,
    or InvalidDetails for what no application could say either.
    """
    account = get_profile(actor)
    stale = VersionConflict("Your details were changed elsewhere in the meantime.")
    if (account.version or 0) != expected_version:
        raise stale
    for name, value in details.items():
        setattr(account, name, value or None)
    check_details(_for_application(account), market_id="", complete=False)
    account.updated_at = clock.now()
    with transaction() as write:
        write.save(account, conflict=stale)
    return account


def known_details(actor: Actor, *, email: str) -> MarketDetails:
    """Return what a new application of the merchant's need not ask again.

    `email` is the address that they sign in with, for want of another one.
    """
    account = get_profile(actor)
    if account.version or not email:
        return _for_application(account)
    known = MarketDetails(contact_email=email)
    try:
        check_details(known, market_id="", complete=False)
    except InvalidDetails:  # an address that only its provider takes for one
        return MarketDetails()
    return known


def remember_details(actor: Actor, market: Market) -> bool:
    """Take the details of a merchant's first submission into the account.

    False if they have said who they are before: that stays until they change it
    themselves. Whoever saves the account at this very moment wins.
    """
    account = get_profile(actor)
    if not owns(actor, market) or account.version:
        return False
    for name in DETAILS:
        setattr(account, name, getattr(market, name))
    account.updated_at = clock.now()
    try:
        with transaction() as write:
            write.save(account, conflict=VersionConflict("The details were saved just now."))
    except VersionConflict:
        return False
    return True


def differs_from_profile(actor: Actor, market: Market) -> bool:
    """Whether the merchant says something else of themselves in a market than in the account."""
    account = get_profile(actor)
    return any(getattr(account, name) != getattr(market, name) for name in DETAILS)


def _for_application(account: MerchantProfile) -> MarketDetails:
    details: dict[str, Any] = {name: getattr(account, name) for name in DETAILS}
    return MarketDetails(**details)
