"""Faults of DynamoDB that pass by themselves."""

from botocore.exceptions import BotoCoreError
from botocore.parsers import ResponseParserError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from core.errors import DomainError, Unavailable

SERVER_ERROR = 500

PASSING = {
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",  # on writes without a transaction
    "TransactionInProgressException",  # the same transaction, whose answer was lost
}
"""Error codes of faults that pass by themselves."""

PASSING_REASONS = {"ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}
"""Likewise, where a cancelled transaction names a reason for each item."""


def code_of(fault: PynamoDBException) -> str | None:
    """Return DynamoDB's error code; None if it has not answered."""
    # PynamoDB's own property fails for faults of the network.
    return None if isinstance(fault.cause, BotoCoreError) else fault.cause_response_code


def is_condition_failure(fault: PynamoDBException) -> bool:
    """Whether a single write was refused because its condition does not hold."""
    return code_of(fault) == "ConditionalCheckFailedException"


def passes(fault: PynamoDBException) -> bool:
    """Whether a fault of DynamoDB passes by itself, so that trying again may help."""
    if isinstance(fault.cause, BotoCoreError) or code_of(fault) in PASSING:
        return True
    if isinstance(fault, TransactWriteError):
        reasons = [each.code for each in fault.cancellation_reasons if each]
        if reasons:
            return PASSING_REASONS.issuperset(reasons)
    # Something on the way answered instead of DynamoDB: its code is the HTTP status.
    code = code_of(fault) or ""
    return code.isdecimal() and int(code) >= SERVER_ERROR


def as_domain_error(fault: BaseException) -> DomainError | None:
    """Return Unavailable for a fault of DynamoDB that passes by itself; None for all others.

    Anything else is a defect and must be seen as one.
    """
    unreadable = isinstance(fault, ResponseParserError)
    if unreadable or (isinstance(fault, PynamoDBException) and passes(fault)):
        return Unavailable("The database does not answer at the moment. Please try again.")
    return None
