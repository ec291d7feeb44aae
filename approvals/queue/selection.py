"""The applications that an officer selects in the queue for a bulk action."""

from typing import NamedTuple, Self
from uuid import UUID

from django.core import signing
from django.db.models import TextChoices

from core.actors import Actor
from core.errors import NotFound
from core.web.parsing import parse_version
from markets.lifecycle import Action
from markets.models import Market, MarketKey

MAX_SELECTED = 200  # applications; to decide them takes up to half a minute
VALID_FOR = 3600  # seconds between a preview and its confirmation


class BulkAction(TextChoices):
    APPROVE = Action.APPROVE.value, "Approve"
    REJECT = Action.REJECT.value, "Reject"
    ASSIGN = "assign", "Assign"


class Scope(TextChoices):
    """Which applications of the queue a bulk action is for."""

    SELECTED = "selected", "Those selected"
    PAGE = "page", "All on this page"
    LIST = "list", "All of the list"


class SelectedMarket(NamedTuple):
    """An application and the version in which the officer saw it."""

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
    def parse(cls, token: str) -> Self | None:
        """Return the application that a token of our pages names; None for any other text."""
        try:
            user_id, market_id, version = token.split("/")
            return cls(str(UUID(user_id)), str(UUID(market_id)), parse_version(version))
        except ValueError:
            return None

    def __str__(self) -> str:
        """Return the token that `parse` reads."""
        return f"{self.user_id}/{self.market_id}/{self.version}"


def sign_selection(
    actor: Actor, city_slug: str, action: BulkAction, selection: list[SelectedMarket]
) -> str:
    """Return an action and its applications, signed for this officer and this city."""
    return signing.dumps([action.value, selection], salt=_salt(actor, city_slug), compress=True)


def verify_selection(
    actor: Actor, city_slug: str, signed: str
) -> tuple[BulkAction, list[SelectedMarket]]:
    """Return what `sign_selection` signed; NotFound if it is older than VALID_FOR or not ours."""
    try:
        action, selection = signing.loads(signed, salt=_salt(actor, city_slug), max_age=VALID_FOR)
    except signing.BadSignature:
        raise NotFound(
            "This preview is not valid any more. Nothing was done: please select again."
        ) from None
    return BulkAction(action), [SelectedMarket(*selected) for selected in selection]


def _salt(actor: Actor, city_slug: str) -> str:
    return f"bulk:{city_slug}:{actor.id}"
