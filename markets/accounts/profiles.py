"""A merchant's profile: who they are, entered once and filled in for later applications."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from core import clock
from core.actors import Actor
from core.closed_accounts.operations import require_open
from core.dynamodb import once, transaction
from core.errors import InvalidDetails, VersionConflict
from identity.permissions import require_merchant
from markets.accounts.models import MerchantProfile
from markets.details import MarketDetails, check_details
from markets.models import Market
from markets.permissions import owns

DETAILS = ("legal_name", "contact_email", "phone", "language")
"""The fields of a profile; an application has them under the same names."""


class ProfileUpdate(Enum):
    """What `remember_details` did."""

    SAVED = auto()
    UNCHANGED = auto()
    DIFFERENT = auto()
    """Nothing was saved, although the profile and the application differ."""


def get_profile(actor: Actor) -> MerchantProfile:
    """Return the merchant's own profile; a new, empty one without a version if none is saved."""
    require_merchant(actor, "Only merchants have a profile.")
    return find_profile(actor.id) or MerchantProfile(actor.id)


def find_profile(user_id: str) -> MerchantProfile | None:
    """Return a merchant's profile, None if none is saved. The caller has checked permission."""
    try:
        return MerchantProfile.get(user_id, consistent_read=True)
    except MerchantProfile.DoesNotExist:
        return None


def save_profile(
    actor: Actor, *, expected_version: int, details: Mapping[str, str | None]
) -> MerchantProfile:
    """Replace the given details, by their names in DETAILS; None removes one.

    `expected_version` is 0 for a profile that was never saved. Raises VersionConflict,
    or InvalidDetails for values that no application may have either.
    """

    def done() -> MerchantProfile | None:
        saved = get_profile(actor)
        same = all(getattr(saved, name) == (value or None) for name, value in details.items())
        return saved if same and saved.version == expected_version + 1 else None

    return once(lambda: _save(actor, expected_version, details), done)


def _save(
    actor: Actor, expected_version: int, details: Mapping[str, str | None]
) -> MerchantProfile:
    profile = get_profile(actor)
    conflict = VersionConflict("Your details were changed elsewhere in the meantime.")
    if (profile.version or 0) != expected_version:
        raise conflict
    for name, value in details.items():
        setattr(profile, name, value or None)
    check_details(_as_market_details(profile), market_id="", complete=False)
    profile.updated_at = clock.now()
    with transaction() as write:
        require_open(write, actor.id)
        write.save(profile, conflict=conflict)
    return profile


def known_details(actor: Actor, *, email: str) -> MarketDetails:
    """Return the details that a new application of the merchant begins with.

    `email` is the address that they sign in with; it is used while there is no profile.
    """
    profile = get_profile(actor)
    if profile.version or not email:
        return _as_market_details(profile)
    details = MarketDetails(contact_email=email)
    try:
        check_details(details, market_id="", complete=False)
    except InvalidDetails:  # the provider accepts addresses that the form does not
        return MarketDetails()
    return details


def remember_details(actor: Actor, market: Market) -> ProfileUpdate:
    """Save the details of a merchant's first submission as their profile.

    A profile that exists is only changed by its merchant; if it is saved at the
    same moment elsewhere, that version stays.
    """
    profile = get_profile(actor)
    if not owns(actor, market):
        return ProfileUpdate.UNCHANGED
    if profile.version:
        differs = any(getattr(profile, name) != getattr(market, name) for name in DETAILS)
        return ProfileUpdate.DIFFERENT if differs else ProfileUpdate.UNCHANGED
    for name in DETAILS:
        setattr(profile, name, getattr(market, name))
    profile.updated_at = clock.now()
    try:
        with transaction() as write:
            require_open(write, actor.id)
            write.save(profile, conflict=VersionConflict("The details were saved just now."))
    except VersionConflict:
        return ProfileUpdate.UNCHANGED
    return ProfileUpdate.SAVED


def _as_market_details(profile: MerchantProfile) -> MarketDetails:
    details: dict[str, Any] = {name: getattr(profile, name) for name in DETAILS}
    return MarketDetails(**details)
