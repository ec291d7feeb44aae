"""CloudFormation change sets: what a template would change in a stack, before it does."""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloud.account import Account

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import (
        DescribeChangeSetOutputTypeDef,
        ParameterTypeDef,
        ResourceChangeTypeDef,
    )

ACTIONS = {"Add": "added", "Modify": "changed", "Remove": "removed", "Import": "imported"}
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
"""Parts of CloudFormation's reasons when a template changes nothing."""


class ChangeSetFailed(Exception):
    """CloudFormation cannot make the change set; `str()` is its reason."""


@dataclass(frozen=True)
class Change:
    """What a change set does to one resource. `type` is CloudFormation's name for its type."""

    action: str
    resource: str
    type: str

    @property
    def loses_data(self) -> bool:
        """Whether the stack would no longer have the resource's present content."""
        return self.action.startswith("REPLACED") or self.action == "removed"


@dataclass
class ChangeSet:
    """A change set of one stack: create it, then execute or delete it."""

    account: Account
    stack: str
    is_new: bool
    name: str = field(default_factory=lambda: f"garage-{secrets.token_hex(6)}")

    def create(self, template: str, parameters: "list[ParameterTypeDef]") -> list[Change] | None:
        """Return its changes, None if there are none. Raises ClientError or ChangeSetFailed."""
        self.account.cloudformation.create_change_set(
            StackName=self.stack,
            ChangeSetName=self.name,
            ChangeSetType="CREATE" if self.is_new else "UPDATE",
            TemplateBody=template,
            Parameters=parameters,
            Capabilities=["CAPABILITY_IAM"],
        )
        found = self.wait_until_created()
        if found["Status"] == "FAILED":
            reason = found.get("StatusReason", "no reason given")
            self.delete()
            if any(part in reason for part in NO_CHANGES):
                return None
            raise ChangeSetFailed(reason)
        return [as_change(each["ResourceChange"]) for each in found["Changes"]]

    def wait_until_created(self) -> "DescribeChangeSetOutputTypeDef":
        while True:
            found = self.account.cloudformation.describe_change_set(
                StackName=self.stack, ChangeSetName=self.name
            )
            if found["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
                break
            time.sleep(0.1 if self.account.is_embedded else 2)
        while token := found.get("NextToken"):
            page = self.account.cloudformation.describe_change_set(
                StackName=self.stack, ChangeSetName=self.name, NextToken=token
            )
            found = {**page, "Changes": found["Changes"] + page["Changes"]}
        return found

    def execute(self) -> None:
        self.account.cloudformation.execute_change_set(
            StackName=self.stack, ChangeSetName=self.name
        )

    def delete(self) -> None:
        """Delete the change set, and the stack too if it exists only for this change set."""
        cloudformation = self.account.cloudformation
        if self.is_new:
            cloudformation.delete_stack(StackName=self.stack)
        else:
            cloudformation.delete_change_set(StackName=self.stack, ChangeSetName=self.name)


def as_change(change: "ResourceChangeTypeDef") -> Change:
    action = ACTIONS.get(change["Action"], change["Action"].lower())
    match change.get("Replacement"):
        case "True":
            action = "REPLACED"
        case "Conditional":
            action = "changed, perhaps REPLACED"
    return Change(action, change["LogicalResourceId"], change["ResourceType"])


def as_table(changes: Iterable[Change]) -> list[str]:
    """Return the changes as lines; those that lose data come first."""
    ordered = sorted(changes, key=lambda each: (not each.loses_data, each.action, each.resource))
    width = max((len(each.action) for each in ordered), default=0)
    wide = max((len(each.resource) for each in ordered), default=0)
    return [f"{each.action:{width}}  {each.resource:{wide}}  {each.type}" for each in ordered]
