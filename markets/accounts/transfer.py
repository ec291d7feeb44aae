"""Moving applications from one account to another, where one person has two.

The account that has them gives out a code; whoever enters it within a quarter
of an hour takes them over. Accounts are never merged by themselves: an e-mail
address in common proves nothing.
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils.crypto import salted_hmac

from core import clock
from core.actors import Actor
from core.dynamodb import Transaction, transaction
from core.errors import DomainError, NotAllowed, NotFound, VersionConflict
from markets import history
from markets.accounts.models import TransferCode
from markets.lifecycle import Action, next_status
from markets.models import REFERENCE_ALPHABET, Market, Reference, Status
from markets.outbox.messages import messages_to
from markets.outbox.models import Message, MessageState
from markets.permissions import can_apply

VALID_FOR = timedelta(minutes=15)
CODE_LENGTH = 12  # of 32 signs each: 60 bits, tried by nobody in a quarter of an hour
GROUP = 4
LOOKALIKES = str.maketrans("OIL", "011")  # as Crockford reads what people mistake
AT_ONCE = 100  # parts that DynamoDB takes in one transaction


class SameAccount(DomainError):
    """The code was entered in the account that gave it out."""

    title = "This is the same account"


@dataclass(frozen=True)
class Transfer:
    """What a code would move, or has moved: from whose account, and which applications."""

    user_id: str
    markets: list[Market]


def create_code(actor: Actor) -> str:
    """Return a new code, good once and for a quarter of an hour, that gives away the actor's own.

    It is told this once, and kept as a hash only.
    """
    _require_merchant(actor)
    code = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(CODE_LENGTH))
    TransferCode(_hash(code), user_id=actor.id, expires_at=clock.now() + VALID_FOR).save()
    return "-".join(code[start : start + GROUP] for start in range(0, CODE_LENGTH, GROUP))


def preview_transfer(actor: Actor, *, code: str) -> Transfer:
    """Return what `move_markets` would move, and change nothing; it raises the same errors."""
    return _open(actor, code)[1]


def redeem_code(actor: Actor, *, code: str) -> Transfer:
    """Make the actor the merchant of all applications of whoever gave out the code.

    They keep their state, their place in the queue and their history, which says
    so. At once or not at all, the use of the code included; more than about
    twenty go in several steps, of which each is whole, and the code ends with
    the last. NotFound for a code that does not hold, SameAccount, VersionConflict
    if anybody changes one of them meanwhile.
    """
    given, move = _open(actor, code)
    moved: list[Market] = []
    steps = list(_steps(move.markets)) or [[]]
    for number, step in enumerate(steps, 1):
        with transaction() as write:
            moved += [_move(write, actor, market, waiting) for market, waiting in step]
            if number == len(steps):
                write.delete(
                    given,
                    condition=TransferCode.user_id == move.user_id,
                    conflict=_no_such_code(),
                )
    return Transfer(move.user_id, moved)


def _open(actor: Actor, code: str) -> tuple[TransferCode, Transfer]:
    _require_merchant(actor)
    try:
        given = TransferCode.get(_hash(code), consistent_read=True)
    except TransferCode.DoesNotExist:
        raise _no_such_code() from None
    if given.expires_at <= clock.now():
        raise _no_such_code()
    if given.user_id == actor.id:
        raise SameAccount("Enter the code in your other account: the one that is to have them.")
    markets = list(Market.query(given.user_id, consistent_read=True))
    return given, Transfer(given.user_id, markets)


def _steps(markets: Iterable[Market]) -> Iterator[list[tuple[Market, list[Message]]]]:
    """Divide the markets, each with its waiting messages, into what one transaction takes."""
    step: list[tuple[Market, list[Message]]] = []
    parts = 1  # the code
    for market in markets:
        waiting = [m for m in messages_to(market) if m.state == MessageState.WAITING]
        needed = 4 + len(waiting)  # old place, new place, history, reference
        if parts + needed > AT_ONCE:
            yield step
            step, parts = [], 1
        step.append((market, waiting))
        parts += needed
    if step:
        yield step


def _move(write: Transaction, actor: Actor, market: Market, waiting: list[Message]) -> Market:
    """Add to `write` all that makes the actor the market's merchant; return it as it will be."""
    stale = VersionConflict(f"{market.reference} is being changed. Please try again.")
    next_status(market.status, Action.TRANSFER)
    kept = {name: getattr(market, name) for name in Market.get_attributes()}
    moved = Market(**kept | {"user_id": actor.id, "updated_at": clock.now()})
    if market.status != Status.DRAFT:  # a draft has no history yet
        before = history.recorded(market)
        history.record(write, actor, moved, Action.TRANSFER, before=before, conflict=stale)
    write.rekey(market, moved, conflict=stale)
    write.save(
        Reference(market.reference, user_id=actor.id, market_id=market.market_id),
        condition=Reference.user_id == market.user_id,
        conflict=stale,
    )
    for message in waiting:
        unchanged = message.as_read
        # Still the message of the market's latest version: its decision can be undone.
        if message.version == market.version:
            message.version += 1
        message.user_id = actor.id
        write.save(message, condition=unchanged, conflict=stale)
    return moved


def _require_merchant(actor: Actor) -> None:
    if not can_apply(actor):
        raise NotAllowed("Only merchants have applications.")


def _no_such_code() -> NotFound:
    minutes = int(VALID_FOR.total_seconds() // 60)
    return NotFound(
        "This code does not hold. Each can be used once,"
        f" within {minutes} minutes; please make a new one in your other account."
    )


def _hash(code: str) -> str:
    signs = "".join(sign for sign in code.upper().translate(LOOKALIKES) if sign.isalnum())
    return salted_hmac("markets.accounts.transfer", signs, algorithm="sha256").hexdigest()
