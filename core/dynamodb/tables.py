"""The tables: what all models share."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from pynamodb.attributes import Attribute, MapAttribute, VersionAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.constants import NUMBER
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as Update
from pynamodb.models import Model

from core.calls import CONNECT_TIMEOUT, READ_TIMEOUT, watch
from core.dynamodb.faults import is_condition_failure
from core.errors import VersionConflict

if TYPE_CHECKING:
    from pynamodb.connection._botocore_private import BotocoreBaseClientPrivate

ATTEMPTS = 3  # including the first, at each call
POOL_SIZE = 16  # connections; at least one for each thread of the server
HUNDREDTH = Decimal("0.01")

_connecting = Lock()


class _Connection(Connection):
    """PynamoDB's connection, whose calls are watched."""

    _watched: "BotocoreBaseClientPrivate | None" = None

    @property
    def client(self) -> "BotocoreBaseClientPrivate":
        client = super().client
        if client is not self._watched:  # PynamoDB makes a new one if this has no credentials
            watch(client.meta.events, "dynamodb")
            self._watched = client
        return client


@cache
def connection() -> Connection:
    """Return the one DynamoDB client of the process: each further one costs 50 ms and a pool."""
    return _Connection(
        region=settings.GARAGE.region,
        connect_timeout_seconds=CONNECT_TIMEOUT,
        read_timeout_seconds=READ_TIMEOUT,
        max_retry_attempts=ATTEMPTS - 1,
        max_pool_connections=POOL_SIZE,
    )


def table_name(word: str) -> str:
    return f"{settings.GARAGE.table_prefix}{word}"


class Table(Model):
    """Base of all models. They share one connection; PynamoDB would make one for each model."""

    unversioned: ClassVar[frozenset[str]] = frozenset()
    """Attributes that are not part of the item's version: they change beside it."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        if cls._connection is None:
            with _connecting:
                if cls._connection is None:
                    own = super()._get_connection()
                    connection().add_meta_table(own.get_meta_table())
                    own.connection = connection()
        return super()._get_connection()

    @property
    def is_stored(self) -> bool:
        """Whether the item was read or saved: a new one has no version yet."""
        return getattr(self, self._version_name()) is not None

    @property
    def unversioned_as_read(self) -> Condition | None:
        """The condition that `unversioned` is as it was read; None if nothing is unversioned."""
        condition: Condition | None = None
        for name in sorted(self.unversioned):
            attribute: Any = getattr(type(self), name)
            value = getattr(self, name)
            same = attribute.does_not_exist() if value is None else attribute == value
            condition = same if condition is None else condition & same
        return condition

    def changes(self) -> list[Update]:
        """Return the updates that save everything but the key, the version and `unversioned`."""
        skipped = {self._version_name(), *self.unversioned}
        attributes: dict[str, Any] = {
            name: getattr(type(self), name)
            for name, each in self.get_attributes().items()
            if name not in skipped and not (each.is_hash_key or each.is_range_key)
        }
        values = {name: getattr(self, name) for name in attributes}
        return [
            attribute.remove() if values[name] is None else attribute.set(values[name])
            for name, attribute in attributes.items()
        ]

    @classmethod
    def _version_name(cls) -> str:
        names = cls.get_attributes().items()
        return next(name for name, each in names if isinstance(each, VersionAttribute))

    def update_if(self, condition: Condition, *changes: Update) -> bool:
        """Change single attributes of the item if `condition` holds; return whether it did."""
        try:
            self.update(actions=list(changes), condition=condition)
        except UpdateError as fault:
            if is_condition_failure(fault):
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
                condition=getattr(cls, cls._version_name()) == version,
            )
        except UpdateError as fault:
            if is_condition_failure(fault):
                raise VersionConflict("It was changed in the meantime.") from fault
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
        # As DynamoDB stores it. The emulator would otherwise take the second attempt at a
        # transaction for another one.
        return format(value.normalize(), "f")

    def deserialize(self, value: str) -> Decimal:
        return Decimal(value)


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
