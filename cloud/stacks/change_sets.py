"""What a change of the template would do to a stack, before it is done."""

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

WORDS = {"Add": "added", "Modify": "changed", "Remove": "removed", "Import": "imported"}
NOTHING = ("didn't contain changes", "No updates are to be performed")
"""How CloudFormation puts it that a template would change nothing."""


class Refused(Exception):
    """CloudFormation would not do this at all; `str()` is its reason."""


@dataclass(frozen=True)
class Change:
    """What would become of one resource."""

    what: str
    resource: str
    kind: str

    @property
    def loses(self) -> bool:
        """Whether what the resource holds would be left behind."""
        return self.what.startswith("REPLACED") or self.what == "removed"


@dataclass
class ChangeSet:
    """A change set of CloudFormation, from its making to its end."""

    account: Account
    stack: str
    is_new: bool
    name: str = field(default_factory=lambda: f"garage-{secrets.token_hex(6)}")

    def make(self, template: str, parameters: "list[ParameterTypeDef]") -> list[Change] | None:
        """Return what would change; None if nothing. Raises ClientError or Refused."""
        self.account.cloudformation.create_change_set(
            StackName=self.stack,
            ChangeSetName=self.name,
            ChangeSetType="CREATE" if self.is_new else "UPDATE",
            TemplateBody=template,
            Parameters=parameters,
            Capabilities=["CAPABILITY_IAM"],
        )
        found = self.await_answer()
        if found["Status"] == "FAILED":
            reason = found.get("StatusReason", "no reason given")
            self.withdraw()
            if any(words in reason for words in NOTHING):
                return None
            raise Refused(reason)
        return [as_change(each["ResourceChange"]) for each in found["Changes"]]

    def await_answer(self) -> "DescribeChangeSetOutputTypeDef":
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

    def accept(self) -> None:
        self.account.cloudformation.execute_change_set(
            StackName=self.stack, ChangeSetName=self.name
        )

    def withdraw(self) -> None:
        """Leave no trace of the proposal, nor of a stack that was only proposed."""
        cloudformation = self.account.cloudformation
        if self.is_new:
            cloudformation.delete_stack(StackName=self.stack)
        else:
            cloudformation.delete_change_set(StackName=self.stack, ChangeSetName=self.name)


def as_change(change: "ResourceChangeTypeDef") -> Change:
    what = WORDS.get(change["Action"], change["Action"].lower())
    match change.get("Replacement"):
        case "True":
            what = "REPLACED"
        case "Conditional":
            what = "changed, perhaps REPLACED"
    return Change(what, change["LogicalResourceId"], change["ResourceType"])


def as_table(changes: Iterable[Change]) -> list[str]:
    """Return the changes as lines, what is lost first."""
    ordered = sorted(changes, key=lambda each: (not each.loses, each.what, each.resource))
    what = max((len(each.what) for each in ordered), default=0)
    resource = max((len(each.resource) for each in ordered), default=0)
    return [f"{each.what:{what}}  {each.resource:{resource}}  {each.kind}" for each in ordered]
