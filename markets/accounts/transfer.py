"""Transferring applications between two accounts of one person.

The account that has the applications creates a code. The account in which the code is
redeemed within 15 minutes becomes their owner. Accounts are never merged
automatically: a common e-mail address proves nothing.
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils.crypto import salted_hmac

from core import clock
from core.actors import Actor
from core.closed_accounts.operations import require_open
from core.dynamodb import Transaction, once, transaction
from core.dynamodb.repeats import REFUSALS
from core.errors import AlreadyExists, DomainError, NotFound, VersionConflict
from core.text import CODE_ALPHABET
from identity.permissions import require_merchant
from markets import history
from markets.accounts.models import TransferCode
from markets.lifecycle import Action, next_status
from markets.models import Market, Reference, Status
from markets.outbox.messages import messages_to
from markets.outbox.models import Message, MessageState

VALID_FOR = timedelta(minutes=15)
CODE_LENGTH = 12  # of 32 characters each: 60 bits, too many to guess in 15 minutes
GROUP = 4
LOOKALIKES = str.maketrans("OIL", "011")  # Crockford's rule for characters that look alike
MAX_PARTS = 100  # that DynamoDB accepts in one transaction
OTHER_PARTS = 3  # the code, and the two accounts
MERCHANTS_ONLY = "Only merchants have applications."


class SameAccount(DomainError):
    """The code was redeemed in the account that created it."""

    title = "This is the same account"


@dataclass(frozen=True)
class Transfer:
    """The applications that a code transfers, or has transferred, and their previous owner."""

    user_id: str
    markets: list[Market]


def create_code(actor: Actor) -> str:
    """Return a new code that transfers the actor's applications: once, within 15 minutes.

    Only its hash is stored, so it cannot be shown again.
    """
    require_merchant(actor, MERCHANTS_ONLY)
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    transfer_code = TransferCode(_hash(code), user_id=actor.id, expires_at=clock.now() + VALID_FOR)
    with transaction() as write:
        require_open(write, actor.id)
        write.save(
            transfer_code,
            condition=TransferCode.hash.does_not_exist(),
            conflict=AlreadyExists("This code exists already."),
        )
    return "-".join(code[start : start + GROUP] for start in range(0, CODE_LENGTH, GROUP))


def preview_transfer(actor: Actor, *, code: str) -> Transfer:
    """Return what `redeem_code` would transfer, and change nothing; it raises the same errors."""
    return _load(actor, code)[1]


def redeem_code(actor: Actor, *, code: str) -> Transfer:
    """Make the actor the owner of all applications of the account that created the code.

    They keep their status, their place in the queue and their history, which records
    the transfer. Everything happens in one transaction, which also marks the code as
    used; more than about twenty applications take several transactions, and the last
    one marks the code. If the same account sends it again, nothing more happens. Raises
    NotFound for a code that is not valid, SameAccount, and VersionConflict if one of
    the applications changes at the same time.
    """
    require_merchant(actor, MERCHANTS_ONLY)
    return once(
        lambda: _redeem(actor, code),
        lambda: _find_done(actor, code),
        refusals=(*REFUSALS, NotFound),
    )


def _redeem(actor: Actor, code: str) -> Transfer:
    transfer_code, transfer = _load(actor, code)
    transferred: list[Market] = []
    batches = list(_batches(transfer.markets)) or [[]]
    for number, batch in enumerate(batches, 1):
        with transaction() as write:
            # An erasure of either account, which begins meanwhile, stops the transfer.
            require_open(write, transfer.user_id)
            require_open(write, actor.id)
            transferred += [_transfer(write, actor, market, waiting) for market, waiting in batch]
            if number == len(batches):
                transfer_code.redeemed_by = actor.id
                transfer_code.redeemed = {market.market_id for market in transferred} or None
                write.save(
                    transfer_code,
                    condition=(TransferCode.user_id == transfer.user_id)
                    & TransferCode.redeemed_by.does_not_exist(),
                    conflict=_invalid_code(),
                )
    return Transfer(transfer.user_id, transferred)


def _load(actor: Actor, code: str) -> tuple[TransferCode, Transfer]:
    require_merchant(actor, MERCHANTS_ONLY)
    transfer_code = _find(code)
    if transfer_code is None or transfer_code.redeemed_by:
        raise _invalid_code()
    if transfer_code.user_id == actor.id:
        raise SameAccount("Enter the code in your other account, which will get the applications.")
    markets = list(Market.query(transfer_code.user_id, consistent_read=True))
    return transfer_code, Transfer(transfer_code.user_id, markets)


def _find(code: str) -> TransferCode | None:
    """Return the stored code unless it has expired."""
    try:
        found = TransferCode.get(_hash(code), consistent_read=True)
    except TransferCode.DoesNotExist:
        return None
    return found if found.expires_at > clock.now() else None


def _find_done(actor: Actor, code: str) -> Transfer | None:
    """Return what the actor got by this code; None if they have not used it."""
    found = _find(code)
    if found is None or found.redeemed_by != actor.id:
        return None
    ids = found.redeemed or set()
    own = Market.query(actor.id, consistent_read=True)
    return Transfer(found.user_id, [market for market in own if market.market_id in ids])


def _batches(markets: Iterable[Market]) -> Iterator[list[tuple[Market, list[Message]]]]:
    """Divide the markets, each with its waiting messages, into batches for one transaction each."""
    batch: list[tuple[Market, list[Message]]] = []
    parts = OTHER_PARTS
    for market in markets:
        waiting = [m for m in messages_to(market) if m.state == MessageState.WAITING]
        needed = 4 + len(waiting)  # old item, new item, history, reference
        if parts + needed > MAX_PARTS:
            yield batch
            batch, parts = [], OTHER_PARTS
        batch.append((market, waiting))
        parts += needed
    if batch:
        yield batch


def _transfer(write: Transaction, actor: Actor, market: Market, waiting: list[Message]) -> Market:
    """Add to `write` all that makes the actor the market's owner; return the new version."""
    conflict = VersionConflict(f"{market.reference} is being changed. Please try again.")
    next_status(market.status, Action.TRANSFER)
    values = {name: getattr(market, name) for name in Market.get_attributes()}
    transferred = Market(**values | {"user_id": actor.id, "updated_at": clock.now()})
    if market.status != Status.DRAFT:  # a draft has no history
        before = history.recorded(market)
        history.record(write, actor, transferred, Action.TRANSFER, before=before, conflict=conflict)
    write.rekey(market, transferred, conflict=conflict)
    write.save(
        Reference(market.reference, user_id=actor.id, market_id=market.market_id),
        condition=Reference.user_id == market.user_id,
        conflict=conflict,
    )
    for message in waiting:
        unchanged = message.as_read
        # It must stay the message of the latest version: its decision can still be undone.
        if message.version == market.version:
            message.version += 1
        message.user_id = actor.id
        write.save(message, condition=unchanged, conflict=conflict)
    return transferred


def _invalid_code() -> NotFound:
    minutes = int(VALID_FOR.total_seconds() // 60)
    return NotFound(
        f"This code is not valid. Each code can be used once, within {minutes} minutes;"
        " please create a new one in your other account."
    )


def _hash(code: str) -> str:
    characters = "".join(c for c in code.upper().translate(LOOKALIKES) if c.isalnum())
    return salted_hmac("markets.accounts.transfer", characters, algorithm="sha256").hexdigest()
