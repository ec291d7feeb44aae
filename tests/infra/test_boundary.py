"""The boundary of every role: deployers cannot make themselves, or a role, administrators."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from cloud.deployment import zappa_settings
from cloud.stacks.template import read_template
from tests.account import SessionAccount
from tests.infra.grants import as_list, covers, grants
from tests.infra.policies import DEPLOYER, POLICIES, all_grants, fact, policy

ROLES = {
    name: part["Properties"]
    for name, part in read_template()["Resources"].items()
    if part["Type"] == "AWS::IAM::Role"
}
BOUNDARY = "policy/garage-boundary"
HARMLESS = {"DeleteRole"}
"""Changes of a role after which nobody may do more than before."""


def deployer_statements() -> list[dict[str, Any]]:
    return [statement for name in DEPLOYER for statement in policy(name)["Statement"]]


def is_bounded(statement: dict[str, Any]) -> bool:
    return statement.get("Condition") == {
        "ArnLike": {"iam:PermissionsBoundary": f"arn:aws:iam::*:{BOUNDARY}"}
    }


@pytest.mark.parametrize("role", ROLES)
def test_roles_of_the_stack_have_the_boundary(role: str) -> None:
    prefix = "arn:${AWS::Partition}:iam::${AWS::AccountId}:"
    assert ROLES[role].get("PermissionsBoundary") == {"!Sub": prefix + BOUNDARY}


@pytest.mark.parametrize("stage", ["dev", "staging", "production"])
def test_zappa_makes_no_role(stage: str) -> None:
    assert zappa_settings.settings(stage)["manage_roles"] is False


@pytest.mark.parametrize("name", fact("roles")["change_a_role"])
def test_deployer_changes_only_roles_with_the_boundary(name: str) -> None:
    action = f"iam:{name}"
    granting = [
        statement
        for statement in deployer_statements()
        if any(fnmatchcase(action, pattern) for pattern in as_list(statement["Action"]))
    ]
    if name in HARMLESS:
        return
    if name == "DeleteRolePermissionsBoundary":
        assert granting == []
    if name == "CreateServiceLinkedRole":
        # AWS itself decides what these roles may do.
        prefix = "arn:aws:iam::*:role/aws-service-role/"
        assert all(statement["Resource"].startswith(prefix) for statement in granting)
        return
    for statement in granting:
        assert is_bounded(statement)
        # Otherwise the condition is never true, and the call always refused.
        assert name in fact("roles")["with_boundary"]


@pytest.mark.parametrize("name", [f"garage-{each}" for each in POLICIES])
def test_deployer_cannot_change_the_policies_that_bind_them(name: str) -> None:
    arn = f"arn:aws:iam::111122223333:policy/{name}"
    changes = [(f"iam:{action}", arn) for action in fact("roles")["change_a_policy"]]
    allowed = all_grants(*DEPLOYER)
    assert [call for call in changes if any(covers(grant, call) for grant in allowed)] == []


def test_deployer_cannot_act_as_a_user_or_with_another_role() -> None:
    passed = []
    for statement in deployer_statements():
        for action in as_list(statement["Action"]):
            service, _, name = action.partition(":")
            assert service not in {"sts", "organizations", "*"}
            assert service != "iam" or not name.endswith(("User", "AccessKey", "LoginProfile", "*"))
            if action == "iam:PassRole":
                passed.append(statement)
    (statement,) = passed
    assert statement["Resource"] == "arn:aws:iam::*:role/garage-*"
    assert statement["Condition"] == {
        "StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}
    }


def test_boundary_holds_only_what_a_site_works_with() -> None:
    """No service that gives permissions, no wildcard among actions."""
    services = {action.partition(":")[0] for action, _ in grants(policy("boundary"))}
    assert services == {"dynamodb", "logs", "s3", "secretsmanager", "ses"}
    assert not [action for action, _ in grants(policy("boundary")) if "*" in action]


def test_boundary_allows_all_that_the_site_may_do(account: SessionAccount) -> None:
    roles = account.operator.iam
    name = account.outputs["FunctionRoleArn"].rpartition("/")[2]
    own: Any = roles.get_role_policy(RoleName=name, PolicyName="function")["PolicyDocument"]
    # The embedded AWS checks no senders.
    wanted = [
        (action, arn)
        for document in (account.policy(), own)
        for action, arn in grants(document)
        if action != "ses:SendRawEmail"
    ]
    boundary = grants(policy("boundary"))
    assert [call for call in wanted if not any(covers(grant, call) for grant in boundary)] == []
    assert ("ses:SendRawEmail", "arn:aws:ses:*:*:identity/*") in boundary
