"""What an erasure has left: the proof that nothing of a merchant is there any more."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.files.storage import storages
from django.utils.module_loading import import_string

from core.actors import Actor
from core.closed_accounts.operations import find_closed
from core.unsaved import operations as unsaved
from identity.app_clients import MERCHANTS
from identity.permissions import require_operator
from identity.sessions import operations as sessions
from markets.accounts.profiles import find_profile
from markets.history.queries import history_of
from markets.models import Market
from markets.outbox.messages import messages_to
from markets.photos.models import Upload
from markets.privacy.erasure import ERASED, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.storage import BucketStorage
    from markets.privacy.erasure import AlsoErase


@dataclass(frozen=True)
class Proof:
    """Whether the account of a merchant is closed and erased, and what was found of them."""

    user_id: str
    closed_at: datetime | None
    erased_at: datetime | None
    found: dict[str, int]
    """What was looked for, and how many of it are left."""

    @property
    def holds(self) -> bool:
        """Whether the account is closed and nothing is left."""
        return self.closed_at is not None and not any(self.found.values())


def prove_erasure(actor: Actor, user_id: str) -> Proof:
    """Look for all that an erasure removes, with consistent reads; for operators.

    Not looked for is what no user id leads to: transfer codes, which expire after 15
    minutes, and the keyed hash of an e-mail address, which only the address leads to.
    """
    require_operator(actor, "Only operators prove an erasure.")
    account = find_closed(user_id)
    return Proof(
        user_id,
        account.closed_at if account else None,
        account.erased_at if account else None,
        {**_in_the_account(user_id), **_in_markets(user_id)},
    )


def _in_the_account(user_id: str) -> dict[str, int]:
    own = f"{user_id}/"
    records = sessions.list_records(user_id)
    return {
        "sessions": sum(session.app_client == MERCHANTS.name for session in records),
        "profiles": int(find_profile(user_id) is not None),
        "unsaved forms": len(unsaved.list_forms(user_id)),
        "unfinished uploads": Upload.count(user_id, consistent_read=True),
        "uploaded files": _objects("incoming", own),
        "data exports": _objects("exports", own),
    }


def _in_markets(user_id: str) -> dict[str, int]:
    also_erase: list[AlsoErase] = [import_string(path) for path in settings.ALSO_ERASE]
    look: dict[str, Callable[[Market], int]] = {
        "applications": lambda market: int(outcome_of(market) is not None),
        "history records": lambda market: sum(bool(each.salts) for each in history_of(market)),
        "messages": lambda market: sum(each.body != ERASED for each in messages_to(market)),
        "other texts": lambda market: sum(each(market, dry_run=True) for each in also_erase),
        "photos": lambda market: _objects("default", f"markets/{market.market_id}/"),
    }
    found = dict.fromkeys(look, 0)
    for market in Market.query(user_id, consistent_read=True):
        for name, count in look.items():
            found[name] += count(market)
    return found


def _objects(storage: str, prefix: str) -> int:
    return sum(1 for _ in cast("BucketStorage", storages[storage]).iter_objects(prefix))
