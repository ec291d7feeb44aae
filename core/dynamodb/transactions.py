"""Transactions: several writes with their conditions, retried under one token."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from pynamodb.constants import ITEM
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from core import deadline
from core.dynamodb.faults import passes
from core.dynamodb.tables import Table, connection
from core.errors import DomainError

PAUSES = (0.05, 0.15, 0.4)  # seconds between the attempts at a transaction


class Transaction:
    """Writes that happen together or not at all."""

    def __init__(self) -> None:
        # With a token, a repeated attempt cannot write twice: DynamoDB knows it for ten minutes.
        self._write = TransactWrite(connection=connection(), client_request_token=str(uuid4()))
        # In the order of DynamoDB's answer: checks, deletions, puts, updates.
        self._check_conflicts: list[DomainError] = []
        self._deletion_conflicts: list[DomainError] = []
        self._put_conflicts: list[DomainError | None] = []
        self._update_conflicts: list[DomainError | None] = []

    def check(
        self,
        table: type[Table],
        hash_key: str,
        range_key: str | None = None,
        *,
        condition: Condition,
        conflict: DomainError,
    ) -> None:
        """Leave the item with this key as it is; if `condition` does not hold, raise `conflict`."""
        self._write.condition_check(table, hash_key, range_key, condition=condition)
        self._check_conflicts.append(conflict)

    def delete(
        self, item: Table, *, conflict: DomainError, condition: Condition | None = None
    ) -> None:
        """Delete `item` if its version and `condition` hold; if not, raise `conflict`."""
        self._write.delete(item, condition=condition)
        self._deletion_conflicts.append(conflict)

    def save(
        self,
        item: Table,
        *,
        conflict: DomainError | None = None,
        condition: Condition | None = None,
    ) -> None:
        """Save `item` if its version and `condition` hold; if not, raise `conflict`.

        Without version and condition nothing can conflict, and what was there is replaced.
        An existing item keeps the attributes that are not part of its version: somebody
        may have changed them since it was read.
        """
        if item.unversioned and item.is_stored:
            self._write.update(item, actions=item.changes(), condition=condition)
            self._update_conflicts.append(conflict)
        else:
            self._write.save(item, condition=condition)
            self._put_conflicts.append(conflict)

    def rekey(self, item: Table, to: Table, *, conflict: DomainError) -> None:
        """Delete `item` and put `to`, its next version, under a key where nothing is yet.

        `to` takes the attributes along that are not part of the version, as they were read:
        if somebody has changed them since, this raises `conflict` too.
        """
        self.delete(item, condition=item.unversioned_as_read, conflict=conflict)
        # PynamoDB would check the new key for the version of the old one.
        own: Any = getattr(type(to), str(to._hash_keyname))  # noqa: SLF001
        (key,), put = to._get_save_args(  # noqa: SLF001
            condition=own.does_not_exist(), add_version_condition=False
        )
        put |= {"key": ITEM}
        operation = to._get_connection().get_operation_kwargs(key, **put)  # noqa: SLF001
        self._write._put_items.append(operation)  # noqa: SLF001
        self._write._models_for_version_attribute_update.append(to)  # noqa: SLF001
        self._put_conflicts.append(conflict)

    def commit(self) -> None:
        """Write everything, and try again when another transaction or AWS is in the way.

        Raises the `conflict` of the first item whose condition does not hold. Two
        transactions on one item at the same moment are no conflict yet: the next attempt
        shows whether the condition still holds.
        """
        for pause in (*PAUSES, None):
            try:
                with self._write:
                    return
            except TransactWriteError as fault:
                self._raise_conflict(fault)
                if pause is None or not passes(fault) or not deadline.has_time_for(pause):
                    raise
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret

    def _raise_conflict(self, fault: TransactWriteError) -> None:
        conflicts = [
            *self._check_conflicts,
            *self._deletion_conflicts,
            *self._put_conflicts,
            *self._update_conflicts,
        ]
        reasons = list(fault.cancellation_reasons)
        for conflict, reason in zip(conflicts, reasons, strict=False):
            if conflict and reason and reason.code == "ConditionalCheckFailed":
                raise conflict from fault


@contextmanager
def transaction() -> Iterator[Transaction]:
    """Collect writes and commit them when the block ends without an exception."""
    collected = Transaction()
    yield collected
    collected.commit()
