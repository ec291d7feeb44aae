"""Closing a merchant's account, so that nothing can be written for it any more.

A check before a write cannot see an account that closes a moment later. So each write
that creates something for a merchant has `require_open` in its own transaction. Changes
of what exists already need no such check: an erasure changes its version or deletes it.
See docs/decisions/0011-erasure.md.
"""

from contextlib import suppress

from core import clock
from core.closed_accounts.models import ClosedAccount
from core.dynamodb import Transaction, transaction
from core.errors import AlreadyExists, DomainError, VersionConflict


class AccountClosed(DomainError):
    """The account is deleted, so nothing is saved for it."""

    status = 410
    title = "This account is deleted"


def close(user_id: str) -> ClosedAccount:
    """Close an account for good; return its record. The caller has checked permission."""
    account = ClosedAccount(user_id, closed_at=clock.now())
    try:
        with transaction() as write:
            write.save(account, conflict=AlreadyExists("The account is closed already."))
    except AlreadyExists:
        return ClosedAccount.get(user_id, consistent_read=True)
    return account


def record_erased(account: ClosedAccount) -> None:
    """Record that all data of a closed account is erased; the first time counts."""
    if account.erased_at:
        return
    account.erased_at = clock.now()
    # If another run recorded the same at this moment, that time counts.
    with suppress(VersionConflict), transaction() as write:
        write.save(account, conflict=VersionConflict("It was recorded already."))


def find_closed(user_id: str) -> ClosedAccount | None:
    """Return the record of a closed account; None for any other. A consistent read."""
    try:
        return ClosedAccount.get(user_id, consistent_read=True)
    except ClosedAccount.DoesNotExist:
        return None


def require_open(write: Transaction, user_id: str) -> None:
    """Let the transaction fail with AccountClosed if the account is closed by then."""
    write.check(
        ClosedAccount, user_id, condition=ClosedAccount.user_id.does_not_exist(), conflict=_closed()
    )


def check_open(user_id: str) -> None:
    """Raise AccountClosed if the account is closed now.

    For what no transaction contains: call it after the bucket has the file, and discard
    the file if this raises. An account that closes later finds the file itself.
    """
    if find_closed(user_id):
        raise _closed()


def _closed() -> AccountClosed:
    return AccountClosed("This account is deleted, so nothing was saved.")
