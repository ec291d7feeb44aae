"""The template and the models agree; there are no migrations."""

import importlib
import pkgutil
from typing import Any

import pytest
from django.conf import settings

from cloud.stacks.outputs import StageOutputs
from cloud.stacks.template import read_tables
from core.dynamodb import Table
from tests.account import STAGE, SessionAccount


def all_models() -> list[type[Table]]:
    """Return every model of the site, those of packages that nothing has imported yet included."""
    for app in ("core", *settings.INSTALLED_APPS):
        package = importlib.import_module(app)
        if app.startswith("django"):
            continue
        for module in pkgutil.walk_packages(package.__path__, f"{app}."):
            if module.name.endswith(".models"):
                importlib.import_module(module.name)
    return sorted(Table.__subclasses__(), key=lambda model: model.__name__)


TABLES = all_models()


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_table_keys_and_indexes_match_model(model: type[Table], account: SessionAccount) -> None:
    client = account.operator.dynamodb
    table = client.describe_table(TableName=model.Meta.table_name)["Table"]
    schema = model._get_schema()  # noqa: SLF001
    assert _keys(table["KeySchema"]) == _keys(schema["key_schema"])
    assert _indexes(table) == {
        index["index_name"]: (_keys(index["key_schema"]), _projection(index["projection"]))
        for index in schema["global_secondary_indexes"]
    }
    assert _types(table["AttributeDefinitions"]) == _types(schema["attribute_definitions"])


def test_every_stack_table_has_a_model(account: SessionAccount) -> None:
    names = account.operator.dynamodb.list_tables()["TableNames"]
    assert sorted(names) == sorted(model.Meta.table_name for model in TABLES)


def test_outputs_name_table_of_every_model(account: SessionAccount) -> None:
    names = {model.Meta.table_name for model in TABLES}
    assert {account.outputs[table.output] for table in read_tables()} == names
    prefix = account.outputs["TablePrefix"]
    public: Any = StageOutputs(account.operator, STAGE, account.outputs).public()
    assert public["tables"] == {name.removeprefix(prefix): name for name in names}


def test_time_to_live_attribute_matches_model(account: SessionAccount) -> None:
    in_template = {account.outputs[each.output]: each.time_to_live for each in read_tables()}
    assert in_template == {model.Meta.table_name: _time_to_live(model) for model in TABLES}


def _time_to_live(model: type[Table]) -> str | None:
    names = [each.attr_name for each in model.get_attributes().values()]
    return "expiresAt" if "expiresAt" in names else None


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
