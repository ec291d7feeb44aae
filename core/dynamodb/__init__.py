"""DynamoDB: tables, transactions, pages, and its faults as domain errors."""

from core.dynamodb.faults import as_domain_error
from core.dynamodb.pages import Page, sign_key, start_key
from core.dynamodb.repeats import once
from core.dynamodb.tables import HundredthsAttribute, Table, connection, plain_value, table_name
from core.dynamodb.transactions import Transaction, transaction

__all__ = [
    "HundredthsAttribute",
    "Page",
    "Table",
    "Transaction",
    "as_domain_error",
    "connection",
    "once",
    "plain_value",
    "sign_key",
    "start_key",
    "table_name",
    "transaction",
]
