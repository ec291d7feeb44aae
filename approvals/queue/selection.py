"""The markets that an officer selects in the queue, as seen there."""

from typing import NamedTuple, Self
from uuid import UUID

from django.core import signing
from django.db.models import TextChoices

from core.actors import Actor
from core.errors import NotFound
from markets.lifecycle import Action
from markets.models import Market, MarketKey

MOST = 200  # markets at once: half a minute's work for a slow day's register


VALID_FOR = 3600  # seconds between a preview and its confirmation


class BulkAction(TextChoices):
    APPROVE = Action.APPROVE.value, "Approve"
    REJECT = Action.REJECT.value, "Reject"
    ASSIGN = "assign", "Put on a desk"


class SelectedMarket(NamedTuple):
    """A market as the officer saw it in the list."""

    user_id: str
    market_id: str
    version: int

    @property
    def key(self) -> MarketKey:
        return MarketKey(self.user_id, self.market_id)

    @classmethod
    def of(cls, market: Market) -> Self:
        return cls(*market.key, int(market.version or 0))

    @classmethod
    def read(cls, token: str) -> Self | None:
        """Read what a form sent for a market; None if it is nothing that a page sends."""
        try:
            user_id, market_id, version = token.split("/")
            return cls(str(UUID(user_id)), str(UUID(market_id)), int(version[:9]))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.user_id}/{self.market_id}/{self.version}"


def sign_selection(
    actor: Actor, city_slug: str, action: BulkAction, selection: list[SelectedMarket]
) -> str:
    """Return what a preview's form holds: the markets, as seen, for this officer and city only."""
    return signing.dumps([action.value, selection], salt=_salt(actor, city_slug), compress=True)


def read_selection(
    actor: Actor, city_slug: str, signed: str
) -> tuple[BulkAction, list[SelectedMarket]]:
    """Return what `sign_selection` signed; NotFound if it did not, or too long ago."""
    try:
        action, selection = signing.loads(signed, salt=_salt(actor, city_slug), max_age=VALID_FOR)
    except signing.BadSignature:
        raise NotFound(
            "This preview is not valid any more. Nothing was done: please select again."
        ) from None
    return BulkAction(action), [SelectedMarket(*selected) for selected in selection]


def _salt(actor: Actor, city_slug: str) -> str:
    return f"bulk:{city_slug}:{actor.id}"
