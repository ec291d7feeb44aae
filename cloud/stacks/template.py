"""The CloudFormation template, read as data: the one list of the stage's tables."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.environment import ROOT

TEMPLATE = ROOT / "infra" / "stack.yaml"


class _Loader(yaml.CSafeLoader):
    """YAML with CloudFormation's short forms: `!Ref Markets` is read as `{"!Ref": "Markets"}`."""


def _short_form(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    match node:
        case yaml.ScalarNode():
            value: Any = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
        case _:
            raise TypeError(f"No value of CloudFormation's: {node}")
    return {f"!{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


@dataclass(frozen=True, kw_only=True)
class TableDefinition:
    """A table of the template. `output` is the stack's output that holds its name."""

    output: str
    time_to_live: str | None
    """The attribute with the expiry, if items expire."""
    point_in_time_recovery: bool


def read_template(path: Path = TEMPLATE) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        template: dict[str, Any] = yaml.load(file, _Loader)  # noqa: S506 - a safe loader
    return template


def read_tables(path: Path = TEMPLATE) -> list[TableDefinition]:
    """Return every table of the template; its output is its logical name and `Table`."""
    return tables_of(read_template(path))


def tables_of(template: dict[str, Any]) -> list[TableDefinition]:
    """Return every table of a template that is read already, as `read_tables` does."""
    return [
        _table_definition(name, resource["Properties"])
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    ]


def _table_definition(name: str, properties: dict[str, Any]) -> TableDefinition:
    expiry = properties.get("TimeToLiveSpecification", {})
    recovery = properties.get("PointInTimeRecoverySpecification", {})
    return TableDefinition(
        output=f"{name}Table",
        time_to_live=expiry["AttributeName"] if expiry.get("Enabled") else None,
        point_in_time_recovery=recovery.get("PointInTimeRecoveryEnabled", False),
    )
