"""The one shape of a write: version, lifecycle, fields, one transaction with its record."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import clock
from core.actors import Actor
from core.dynamodb import Transaction, transaction
from core.errors import DomainError, InvalidTransition, VersionConflict
from markets.history import chain
from markets.history.models import HistoryRecord
from markets.history.records import differences, recorded
from markets.lifecycle import Action, next_status
from markets.models import Market, Status


@dataclass(frozen=True)
class Step:
    """A change under way: its moment, and the transaction that will save it.

    What else belongs to the change, such as a message, is saved through `write`.
    """

    at: datetime
    write: Transaction


@contextmanager
def change(
    actor: Actor,
    market: Market,
    action: Action,
    *,
    expected_version: int,
    text: str | None = None,
) -> Iterator[Step]:
    """Let the block change `market` and save both it and the record of the change.

    VersionConflict if the market is not the version that the actor saw, now or
    when it is saved; InvalidTransition if its status does not allow the action.
    `text` was written to the merchant.

    A draft is its merchant's own, saved as they type: no record is made of it.
    The first record is of the step that ends the draft, and holds everything.
    """
    stale = VersionConflict(f"{market.reference} was changed by somebody else in the meantime.")
    if market.version != expected_version:
        raise stale
    if market.erased_at:
        raise InvalidTransition(
            f"{market.reference} is kept as a record only: its personal data was erased."
        )
    status = next_status(market.status, action)
    before = {} if market.status == Status.DRAFT else recorded(market)
    with transaction() as write:
        step = Step(clock.now(), write)
        yield step
        market.updated_at = step.at
        market.enter(status)
        if status != Status.DRAFT:
            record(write, actor, market, action, before=before, text=text, conflict=stale)
        write.save(market, conflict=stale)


def record(
    write: Transaction,
    actor: Actor,
    market: Market,
    action: Action,
    *,
    before: dict[str, Any],
    conflict: DomainError,
    text: str | None = None,
) -> None:
    """Add to `write` the record of the version that `market` is about to become.

    Without a `before` it is the first, and tells all. The market, which keeps
    the record's hash, is to be saved after this.
    """
    now = recorded(market)
    old, new = differences(before, now) if before else ({}, now)
    entry = HistoryRecord(
        market.market_id,
        (market.version or 0) + 1,
        at=market.updated_at,
        actor_id=actor.id,
        actor_name=actor.name or None,
        channel=actor.channel.value,
        action=action.value,
        before=old,
        after=new,
        text=text,
    )
    chain.append(market, entry)
    write.save(entry, condition=HistoryRecord.version.does_not_exist(), conflict=conflict)
