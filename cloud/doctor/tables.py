"""The tables, compared with the template. Tests hold the template equal to the models."""

from collections.abc import Iterator
from typing import Any

from cloud.doctor.examined import PRODUCTION, Examined
from cloud.doctor.findings import Finding, fault, warning
from cloud.stacks.template import TableDefinition, tables_of

STACK_UP = "Run `stack up`. If it finds no change, the table was changed by hand: undo that."


def find(examined: Examined) -> Iterator[Finding]:
    """Yield what differs between each table and the template."""
    if examined.outputs is None:
        return
    resources = examined.template["Resources"]
    for definition in tables_of(examined.template):
        name = examined.outputs.stack.get(definition.output)
        properties = resources[definition.output.removesuffix("Table")]["Properties"]
        if name is None:
            yield missing(definition.output.removesuffix("Table"))
        else:
            yield from find_in_table(name, definition, properties, examined)


def missing(name: str) -> Finding:
    return fault(
        "table-missing",
        f"The table {name} does not exist.",
        why="Every page that needs it is an error; its data is gone, if it had any.",
        remedy="If it was deleted, restore it (docs/operations.md, restoring data) under the same"
        " name. If the stack is older than this version, run `stack up`.",
    )


def find_in_table(
    name: str, definition: TableDefinition, properties: dict[str, Any], examined: Examined
) -> Iterator[Finding]:
    database = examined.client("dynamodb")
    try:
        table = database.describe_table(TableName=name)["Table"]
    except database.exceptions.ResourceNotFoundException:
        yield missing(name)
        return
    yield from find_in_keys(name, table, properties)
    yield from find_in_indexes(name, table, properties)
    if examined.stage == PRODUCTION and not table.get("DeletionProtectionEnabled"):
        yield fault(
            "table-unprotected",
            f"The table {name} is not protected against deletion.",
            why="One wrong command deletes it with its data.",
            remedy=f"aws dynamodb update-table --table-name {name} --deletion-protection-enabled",
        )
    if definition.time_to_live:
        yield from find_in_expiry(name, definition.time_to_live, database)
    if definition.point_in_time_recovery:
        yield from find_in_recovery(name, database)


def find_in_keys(name: str, table: dict[str, Any], properties: dict[str, Any]) -> Iterator[Finding]:
    expected, found = keys(properties, properties), keys(table, table)
    if expected != found:
        yield fault(
            "table-keys",
            f"The table {name} has the keys {found} instead of {expected}.",
            why="The site can neither read nor write items of this table.",
            remedy="Keys never change. Restore the right table under this name, or copy its items.",
        )


def keys(part: dict[str, Any], whole: dict[str, Any]) -> str:
    """Return the keys of a table or an index in words, with their types; `whole` has the types."""
    types = {each["AttributeName"]: each["AttributeType"] for each in whole["AttributeDefinitions"]}
    schema = sorted(part["KeySchema"], key=lambda each: str(each["KeyType"]))
    return ", ".join(f"{each['AttributeName']} ({types[each['AttributeName']]})" for each in schema)


def indexes(table: dict[str, Any]) -> dict[str, str]:
    """Return name → keys and projected attributes in words, of each global index."""
    return {
        each["IndexName"]: "; ".join(
            (
                keys(each, table),
                each["Projection"]["ProjectionType"],
                ", ".join(sorted(each["Projection"].get("NonKeyAttributes", []))),
            )
        )
        for each in table.get("GlobalSecondaryIndexes", [])
    }


def find_in_indexes(
    name: str, table: dict[str, Any], properties: dict[str, Any]
) -> Iterator[Finding]:
    expected, found = indexes(properties), indexes(table)
    building = {
        each["IndexName"]
        for each in table.get("GlobalSecondaryIndexes", [])
        if each.get("IndexStatus", "ACTIVE") != "ACTIVE"
    }
    for index in sorted(expected):
        if index not in found:
            yield index_fault("index-missing", f"The index {index} of {name} does not exist.")
        elif expected[index] != found[index]:
            yield index_fault(
                "index-differs",
                f"The index {index} of {name} is {found[index]} instead of {expected[index]}.",
            )
        elif index in building:
            yield index_fault("index-building", f"The index {index} of {name} is not ready yet.")
    for index in sorted(set(found) - set(expected)):
        yield warning(
            "index-unused",
            f"The table {name} has an index {index} that the template does not have.",
            why="Each write to it costs money; nothing reads it.",
            remedy="Delete the index if nobody else uses it.",
        )


def index_fault(name: str, what: str) -> Finding:
    return fault(name, what, why="Lists that read this index are errors.", remedy=STACK_UP)


def find_in_expiry(name: str, attribute: str, database: Any) -> Iterator[Finding]:
    found = database.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    on = found.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
    if not on or found.get("AttributeName") != attribute:
        yield fault(
            "expiry-off",
            f"Items of {name} do not expire by {attribute}.",
            why="Sessions, forms and codes with personal data stay for good.",
            remedy=f"aws dynamodb update-time-to-live --table-name {name}"
            f" --time-to-live-specification Enabled=true,AttributeName={attribute}",
        )


def find_in_recovery(name: str, database: Any) -> Iterator[Finding]:
    found = database.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = found.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        yield fault(
            "recovery-off",
            f"The table {name} has no point-in-time recovery.",
            why="What a mistake deletes from it cannot be restored.",
            remedy=f"aws dynamodb update-continuous-backups --table-name {name}"
            " --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
        )
