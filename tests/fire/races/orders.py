"""What may come of two writes: one after the other, in one of the two orders."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from core import clock
from tests.fire.attempts import Attempt, Reply, make
from tests.fire.model import ModelApplication
from tests.fire.stored import is_same

ALSO_THE_SAME = ("owner", "photos", "uploads", "erased")


@dataclass(frozen=True)
class Order:
    """The application afterwards, and what the first and the second person are told."""

    after: ModelApplication
    replies: tuple[Reply, ...]

    def explains(self, found: ModelApplication | None, replies: Sequence[bool]) -> bool:
        """Whether this is what is stored and what people were told."""
        as_replied = all(
            expected is None or expected == reply
            for expected, reply in zip(self.replies, replies, strict=True)
        )
        return as_replied and is_same_in_all(self.after, found)


def is_same_in_all(expected: ModelApplication, found: ModelApplication | None) -> bool:
    if not is_same(expected, found):
        return False
    return (
        found is None
        or expected.deleted
        or (
            sorted(expected.notes) == sorted(found.notes)  # they have no order
            and all(getattr(expected, name) == getattr(found, name) for name in ALSO_THE_SAME)
        )
    )


def possible_orders(before: ModelApplication, attempts: Sequence[Attempt]) -> dict[str, Order]:
    """Return the orders by which of the two comes first.

    A transfer that meets another change may also be refused: it asks to try again.
    """
    orders = {
        "first": in_order(before, attempts, (0, 1)),
        "second": in_order(before, attempts, (1, 0)),
    }
    for number, name in enumerate(("second", "first")):
        if attempts[number].action == "transfer":
            orders[f"only the {name}"] = in_order(before, attempts, (1 - number,))
    return orders


def in_order(
    before: ModelApplication, attempts: Sequence[Attempt], numbers: Sequence[int]
) -> Order:
    """Make some of the attempts, one after the other, on a copy; the others are refused."""
    after, now = deepcopy(before), clock.now()
    replies: list[Reply] = [False] * len(attempts)
    for number in numbers:
        replies[number] = make(after, attempts[number], now)
    return Order(after, tuple(replies))
