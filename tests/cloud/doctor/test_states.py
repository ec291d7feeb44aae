"""States of stack, role, function and indexes, with AWS's answers put in place on the wire."""

import json
from typing import Any
from xml.sax.saxutils import escape

import pytest

from cloud.doctor import function, rights, stage_stack, tables
from cloud.doctor.findings import Level
from cloud.stacks.stack import PENDING
from cloud.stacks.template import TEMPLATE
from tests.cloud.doctor.answers import OWN, Wire, error, examined, found, identity, stack, xml

ROLE = f"arn:aws:iam::{OWN}:role/garage-dev-FunctionRole-1"
USER = identity(f"iam::{OWN}:user/deployer")


@pytest.fixture(autouse=True)
def _without_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("UPDATE_COMPLETE", []),
        ("REVIEW_IN_PROGRESS", [(Level.UNKNOWN, "no-stack")]),
        ("UPDATE_IN_PROGRESS", [(Level.UNKNOWN, "stack-changing")]),
        ("UPDATE_ROLLBACK_COMPLETE", [(Level.WARNING, "stack-rolled-back")]),
        ("ROLLBACK_COMPLETE", [(Level.FAULT, "stack-failed")]),
        ("UPDATE_ROLLBACK_FAILED", [(Level.FAULT, "stack-failed")]),
    ],
)
def test_status_of_the_stack(status: str, expected: list[tuple[Level, str]]) -> None:
    wire = Wire({"DescribeStacks": stack({}, status=status)})
    assert found(stage_stack.find_status(examined(wire))) == expected


@pytest.mark.parametrize(
    ("drift", "text", "expected"),
    [
        ("IN_SYNC", TEMPLATE.read_text(), []),
        ("DRIFTED", TEMPLATE.read_text(), [(Level.WARNING, "stack-drifted")]),
        ("NOT_CHECKED", "Resources: {}", [(Level.WARNING, "template-differs")]),
    ],
    ids=["same", "changed by hand", "another template"],
)
def test_drift_of_the_stack(drift: str, text: str, expected: list[tuple[Level, str]]) -> None:
    body = f"<TemplateBody>{escape(text)}</TemplateBody>"
    wire = Wire({"DescribeStacks": stack({}, drift=drift), "GetTemplate": xml("GetTemplate", body)})
    assert found(stage_stack.find_drift(examined(wire))) == expected


def test_missing_role_is_a_fault() -> None:
    wire = Wire(
        {
            "DescribeStacks": stack({"FunctionRoleArn": ROLE}),
            "Action=GetRole": error(404, "NoSuchEntity"),
        }
    )
    assert found(rights.find_of_role(examined(wire))) == [(Level.FAULT, "role-missing")]


def test_role_of_a_stack_that_is_older_than_the_template_is_unknown() -> None:
    role = (
        "<Role><Path>/</Path><RoleName>a</RoleName><RoleId>R</RoleId>"
        f"<Arn>{ROLE}</Arn><CreateDate>2026-11-01T08:00:00Z</CreateDate></Role>"
    )
    wire = Wire(
        {
            "GetCallerIdentity": USER,
            "DescribeStacks": stack({"FunctionRoleArn": ROLE}),
            "Action=GetRole": xml("GetRole", role),
            "ListStackResources": xml(
                "ListStackResources", "<StackResourceSummaries></StackResourceSummaries>"
            ),
        }
    )
    assert found(rights.find_of_role(examined(wire))) == [(Level.UNKNOWN, "role-unknown")]


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({}, ["site-url-pending"]),
        ({"State": "Failed"}, ["function-failed", "site-url-pending"]),
        ({"LastUpdateStatus": "Failed"}, ["function-failed", "site-url-pending"]),
        ({"Role": "another"}, ["function-role", "site-url-pending"]),
    ],
)
def test_state_of_the_function(configuration: dict[str, str], expected: list[str]) -> None:
    answer = json.dumps({"Role": ROLE, "State": "Active", **configuration})
    wire = Wire(
        {
            "DescribeStacks": stack({"FunctionRoleArn": ROLE, "SiteUrl": PENDING}),
            "/functions/garage-site-dev/configuration": (200, answer),
        }
    )
    findings = list(function.find_settings(examined(wire)))
    assert [each.name for each in findings] == expected
    assert {each.level for each in findings} == {Level.FAULT}


def outbox(**index: Any) -> dict[str, Any]:
    """Return a table whose index `due` is as the template has it, but for `index`."""
    due = {
        "IndexName": "due",
        "IndexStatus": "ACTIVE",
        "KeySchema": [
            {"AttributeName": "state", "KeyType": "HASH"},
            {"AttributeName": "dueAt", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("state", "dueAt")]
    return {"AttributeDefinitions": types, "GlobalSecondaryIndexes": [due | index]}


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ({}, []),
        ({"IndexStatus": "CREATING"}, [(Level.FAULT, "index-building")]),
        ({"Projection": {"ProjectionType": "ALL"}}, [(Level.FAULT, "index-differs")]),
        (
            {"KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}]},
            [(Level.FAULT, "index-differs")],
        ),
        (
            {"IndexName": "old"},
            [(Level.FAULT, "index-missing"), (Level.WARNING, "index-unused")],
        ),
    ],
)
def test_state_of_an_index(index: dict[str, Any], expected: list[tuple[Level, str]]) -> None:
    findings = tables.find_in_indexes("garage-dev-outbox", outbox(**index), outbox())
    assert found(findings) == expected
