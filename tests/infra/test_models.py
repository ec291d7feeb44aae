"""Without migrations, this is the guard against drift between template and models."""

from typing import Any

import pytest

from approvals.reply_templates.models import ReplyTemplate
from approvals.review.models import Note
from core.dynamodb import Table
from core.unsaved.models import UnsavedForm
from identity.officers.models import Officer
from identity.sessions.models import Session
from identity.sign_in.models import EmailAccounts
from markets.accounts.models import MerchantProfile, TransferCode
from markets.cities.models import City
from markets.history.models import HistoryRecord
from markets.models import Market, Reference
from markets.outbox.models import Message
from markets.photos.models import Upload
from tests.account import SessionAccount

TABLES: list[type[Table]] = [
    MerchantProfile,
    EmailAccounts,
    City,
    Officer,
    HistoryRecord,
    Market,
    Message,
    TransferCode,
    Note,
    Reference,
    ReplyTemplate,
    Session,
    UnsavedForm,
    Upload,
]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_keys_and_indexes_are_those_of_the_model(
    model: type[Table], account: SessionAccount
) -> None:
    client = account.operator.dynamodb
    table = client.describe_table(TableName=model.Meta.table_name)["Table"]
    schema = model._get_schema()  # noqa: SLF001
    assert _keys(table["KeySchema"]) == _keys(schema["key_schema"])
    assert _indexes(table) == {
        index["index_name"]: (_keys(index["key_schema"]), _projection(index["projection"]))
        for index in schema["global_secondary_indexes"]
    }
    assert _types(table["AttributeDefinitions"]) == _types(schema["attribute_definitions"])


def test_every_table_of_the_stack_has_a_model(account: SessionAccount) -> None:
    names = account.operator.dynamodb.list_tables()["TableNames"]
    assert sorted(names) == sorted(model.Meta.table_name for model in TABLES)


def _indexes(table: Any) -> dict[str, Any]:
    return {
        index["IndexName"]: (_keys(index["KeySchema"]), _projection(index["Projection"]))
        for index in table.get("GlobalSecondaryIndexes", [])
    }


def _keys(schema: Any) -> dict[str, str]:
    return {each["KeyType"]: each["AttributeName"] for each in schema}


def _projection(projection: Any) -> tuple[str, list[str]]:
    return projection["ProjectionType"], sorted(projection.get("NonKeyAttributes", []))


def _types(definitions: Any) -> list[tuple[str, str]]:
    return sorted((each["AttributeName"], each["AttributeType"]) for each in definitions)
