"""How every change is written: check version and lifecycle, then save it with its record."""

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
    """A change in progress: its time, and the transaction that will save it.

    Other items that belong to the change, such as a message, are saved through `write`.
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
    """Let the block change `market`, then save it together with the record of the change.

    Raises VersionConflict if the market is not the version that the actor saw, now or
    when it is saved; InvalidTransition if its status does not allow the action.
    `text` is what was written to the merchant.

    Changes of a draft are not recorded: it is saved while the merchant types. The first
    record is written when the draft is submitted or withdrawn, and holds all fields.
    """
    conflict = VersionConflict(f"{market.reference} was changed in the meantime.")
    if market.version != expected_version:
        raise conflict
    if market.erased_at:
        raise InvalidTransition(
            f"{market.reference} cannot be changed: its personal data was erased."
        )
    status = next_status(market.status, action)
    before = {} if market.status == Status.DRAFT else recorded(market)
    with transaction() as write:
        step = Step(clock.now(), write)
        yield step
        market.updated_at = step.at
        market.enter(status)
        if status != Status.DRAFT:
            record(write, actor, market, action, before=before, text=text, conflict=conflict)
        write.save(market, conflict=conflict)


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

    Without a `before` it is the first record and holds all fields. Save the market after
    this call, because it stores the record's hash.
    """
    current = recorded(market)
    old, new = differences(before, current) if before else ({}, current)
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
