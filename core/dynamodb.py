"""DynamoDB: what all tables share, and its faults as domain errors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from threading import Lock
from typing import Any, Self

from botocore.exceptions import BotoCoreError
from django.conf import settings
from django.core import signing
from pynamodb.attributes import Attribute, MapAttribute, VersionAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.constants import ITEM, NUMBER
from pynamodb.exceptions import PynamoDBException, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as Update
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator
from pynamodb.transactions import TransactWrite

from core.errors import DomainError, NotFound, Unavailable, VersionConflict

CONNECT_TIMEOUT = 2.0  # seconds; the table is in the same region
READ_TIMEOUT = 5.0
HUNDREDTH = Decimal("0.01")
POOL_SIZE = 16  # connections; at least one for each thread of the server

_connecting = Lock()


@cache
def connection() -> Connection:
    """Return the one DynamoDB client of the process: each further one costs 50 ms and a pool."""
    return Connection(
        region=settings.GARAGE.region,
        connect_timeout_seconds=CONNECT_TIMEOUT,
        read_timeout_seconds=READ_TIMEOUT,
        max_pool_connections=POOL_SIZE,
    )


def table_name(word: str) -> str:
    return f"{settings.GARAGE.table_prefix}{word}"


class Table(Model):
    """Base of all models. They share one connection; PynamoDB would make one for each model."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        if cls._connection is None:
            with _connecting:
                if cls._connection is None:
                    own = super()._get_connection()
                    connection().add_meta_table(own.get_meta_table())
                    own.connection = connection()
        return super()._get_connection()

    def update_if(self, condition: Condition, *changes: Update) -> bool:
        """Change single attributes of the item if `condition` holds; return whether it did."""
        try:
            self.update(actions=list(changes), condition=condition)
        except UpdateError as fault:
            if fault.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True

    @classmethod
    def update_unversioned(
        cls, key: tuple[str, str], values: Mapping[str, str | None], *, version: int
    ) -> None:
        """Set or (None) remove attributes that are not part of the item's version.

        VersionConflict if the item has another version now. `save` would increase the
        version, and so refuse everybody who is changing the item at the same time.
        """
        names = cls.get_attributes()
        counter = next(name for name, each in names.items() if isinstance(each, VersionAttribute))
        attributes: dict[str, Any] = {name: getattr(cls, name) for name in values}
        actions = [
            attributes[name].remove() if value is None else attributes[name].set(value)
            for name, value in values.items()
        ]
        try:
            cls._get_connection().update_item(
                key[0],
                range_key=key[1],
                actions=actions,
                condition=getattr(cls, counter) == version,
            )
        except UpdateError as fault:
            if fault.cause_response_code == "ConditionalCheckFailedException":
                raise VersionConflict("It was changed by somebody else in the meantime.") from fault
            raise


class HundredthsAttribute(Attribute[Decimal]):
    """An exact number with two decimal places.

    PynamoDB's own NumberAttribute uses float, and DynamoDB drops the last zero of
    12.50: it is restored whenever the attribute is set.
    """

    attr_type = NUMBER

    def __set__(self, instance: Any, value: Decimal | None) -> None:
        super().__set__(instance, None if value is None else value.quantize(HUNDREDTH))

    def serialize(self, value: Decimal) -> str:
        return format(value, "f")

    def deserialize(self, value: str) -> Decimal:
        return Decimal(value)


class Transaction:
    """Writes that happen together or not at all."""

    def __init__(self) -> None:
        self._write = TransactWrite(connection=connection())
        # In the order of DynamoDB's answer: deletions come before puts.
        self._deletion_conflicts: list[DomainError] = []
        self._put_conflicts: list[DomainError] = []

    def delete(
        self, item: Table, *, conflict: DomainError, condition: Condition | None = None
    ) -> None:
        """Delete `item` if its version and `condition` hold; if not, raise `conflict`."""
        self._write.delete(item, condition=condition)
        self._deletion_conflicts.append(conflict)

    def save(
        self, item: Table, *, conflict: DomainError, condition: Condition | None = None
    ) -> None:
        """Put `item` if its version and `condition` hold; if not, raise `conflict`."""
        self._write.save(item, condition=condition)
        self._put_conflicts.append(conflict)

    def rekey(self, item: Table, to: Table, *, conflict: DomainError) -> None:
        """Delete `item` and put `to`, its next version, under a key where nothing is yet."""
        self.delete(item, conflict=conflict)
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
        try:
            with self._write:
                pass
        except TransactWriteError as fault:
            refusals = self._deletion_conflicts + self._put_conflicts
            for refusal, reason in zip(refusals, fault.cancellation_reasons, strict=False):
                # A conflict is another transaction on the same item at the same moment:
                # for its author that is the same as having come second.
                if reason and reason.code in {"ConditionalCheckFailed", "TransactionConflict"}:
                    raise refusal from fault
            raise


@contextmanager
def transaction() -> Iterator[Transaction]:
    """Collect writes and commit them when the block ends without an exception."""
    collected = Transaction()
    yield collected
    collected.commit()


@dataclass(frozen=True)
class Page[T]:
    """Some items in order, and the cursor of those that follow (None: there are none)."""

    items: tuple[T, ...]
    next_cursor: str | None

    @classmethod
    def of(cls, results: ResultIterator[T], *, query: str) -> Self:
        """Read `results` up to their limit; `query` names the list."""
        items = tuple(results)
        key = results.last_evaluated_key
        return cls(items, sign_key(key, query=query) if key else None)


def sign_key(key: dict[str, Any], *, query: str) -> str:
    """Return the cursor of `query` after the item with this key.

    It is the same each time, so that a page that contains it stays the same too.
    """
    return signing.Signer(salt=f"cursor:{query}").sign_object(key)


def start_key(cursor: str | None, *, query: str) -> dict[str, Any] | None:
    """Return the key in a cursor of the same `query`.

    Cursors are signed: a cursor of another query, or a made-up one, is NotFound.
    """
    if not cursor:
        return None
    try:
        key: dict[str, Any] = signing.Signer(salt=f"cursor:{query}").unsign_object(cursor)
    except signing.BadSignature:
        raise NotFound("There is no such page of this list.") from None
    return key


def plain_value(value: Any) -> Any:
    """Return a value as JSON has it: moments in ISO 8601, exact numbers as text."""
    match value:
        case datetime():
            return value.isoformat()
        case None | bool() | int() | str() | float():
            return value
        case Mapping():
            return {str(name): plain_value(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain_value(each) for each in value]
        case MapAttribute():
            return {
                str(each.attr_name): plain_value(getattr(value, name))
                for name, each in value.get_attributes().items()
            }
    return str(value)


def as_domain_error(fault: BaseException) -> DomainError | None:
    """Return Unavailable for a fault of DynamoDB that passes by itself; None for all others.

    Time-outs, refused connections, throttling and the service's own failures pass by
    themselves. Anything else is a defect and must be seen as one.
    """
    if not isinstance(fault, PynamoDBException):
        return None
    passing = isinstance(fault.cause, BotoCoreError) or fault.cause_response_code in {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    }
    if not passing:
        return None
    return Unavailable("The database does not answer at the moment. Please try again.")
