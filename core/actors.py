"""Who acts: every operation and every reading query takes an Actor first."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    ANONYMOUS = "anonymous"
    MERCHANT = "merchant"
    OFFICER = "officer"
    MACHINE = "machine"
    OPERATOR = "operator"


class Channel(StrEnum):
    """The door through which somebody acts; kept in the history."""

    PAGE = "page"
    API = "api"
    COMMAND = "command"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody at one of the doors, as the door has verified them.

    A person is a merchant or an officer by the door they came through.
    `id` is the Cognito `sub` of a person, the client id of a machine, the name
    of the operating-system account of an operator, and empty for a visitor.
    `name` is an officer's, who signs decisions with it; nobody else's is kept.
    `cities` are the slugs of the cities for which the actor decides.
    """

    kind: Kind
    channel: Channel
    id: str = ""
    name: str = ""
    cities: frozenset[str] = frozenset()

    @classmethod
    def visitor(cls) -> "Actor":
        return cls(kind=Kind.ANONYMOUS, channel=Channel.PAGE)

    @classmethod
    def merchant(cls, sub: str) -> "Actor":
        return cls(kind=Kind.MERCHANT, channel=Channel.PAGE, id=sub)

    @classmethod
    def officer(cls, sub: str, cities: frozenset[str], name: str = "") -> "Actor":
        return cls(kind=Kind.OFFICER, channel=Channel.PAGE, id=sub, name=name, cities=cities)

    @classmethod
    def operator(cls, account: str) -> "Actor":
        return cls(kind=Kind.OPERATOR, channel=Channel.COMMAND, id=account)
