"""Who acts: every operation and every reading query takes an Actor first."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    ANONYMOUS = "anonymous"
    MERCHANT = "merchant"
    OFFICER = "officer"
    OPERATOR = "operator"


class Channel(StrEnum):
    """How somebody acts; recorded in the history."""

    PAGE = "page"
    COMMAND = "command"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody whose identity the channel has verified.

    The app client by which a person signed in makes them a merchant or an officer.
    `id` is the Cognito `sub` of a person, the operating-system account of an
    operator, and empty for a visitor. `name` is only set for officers, who sign
    decisions with it. `cities` are the slugs of the cities for which the actor decides.
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
