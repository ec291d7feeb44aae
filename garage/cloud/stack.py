"""One stage of Garage as a CloudFormation stack; the same way to both kinds of account."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, WaiterError

from garage.cloud.account import Account
from garage.environment import ROOT

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import (
        ParameterTypeDef,
        StackTypeDef,
        WaiterConfigTypeDef,
    )

TEMPLATE = ROOT / "infra" / "stack.yaml"

PENDING = "https://not-deployed.invalid"
"""The site's address until its first deployment, which learns the gateway's."""


class StackFailed(Exception):
    """CloudFormation refused or rolled back; `str()` names the resources at fault."""


class NoStack(Exception):
    """The stage has no stack in this account."""


@dataclass(frozen=True, kw_only=True)
class FacebookApp:
    """An app at Facebook, by which people sign in there.

    `secret_name` is that of the secret in Secrets Manager which holds the app's.
    """

    id: str
    secret_name: str


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What makes one stage different from another.

    `site_url` has no slash at its end. A stage that is there keeps what is None;
    a new one without an address takes that of its gateway once it is deployed.
    """

    name: str
    site_url: str | None = None
    mail_from: str | None = None
    """The address that the stage writes from; an embedded one has one of its own."""
    facebook_app: FacebookApp | None = None
    alarm_mail: str | None = None
    """Whom alarms write to."""

    def parameters(self, account: Account) -> dict[str, str]:
        """Return the template's parameters, so far as they are given."""
        parameters = {"Stage": self.name, "Account": "embedded" if account.is_embedded else "aws"}
        if self.site_url:
            parameters["SiteUrl"] = self.site_url
        if self.mail_from:
            parameters["MailFrom"] = self.mail_from
        if self.alarm_mail:
            parameters["AlarmMail"] = self.alarm_mail
        if self.facebook_app:
            parameters["FacebookAppId"] = self.facebook_app.id
            parameters["FacebookAppSecretName"] = self.facebook_app.secret_name
        return parameters


def stack_name(stage: str) -> str:
    return f"garage-{stage}"


def describe(account: Account, stage: str) -> "StackTypeDef":
    """Return the stage's stack as CloudFormation describes it, or raise NoStack."""
    try:
        answer = account.cloudformation.describe_stacks(StackName=stack_name(stage))
    except ClientError as refusal:
        if "does not exist" in refusal.response["Error"]["Message"]:
            raise NoStack(f"There is no stack {stack_name(stage)} in this account.") from None
        raise
    return answer["Stacks"][0]


def outputs(account: Account, stage: str) -> dict[str, str]:
    """Return the outputs of the stage's stack, or raise NoStack."""
    listed = describe(account, stage).get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in listed}


def bring_up(account: Account, stage: Stage) -> dict[str, str]:
    """Create the stage's stack or bring it up to date; return its outputs.

    Waits until CloudFormation is done. Nothing to change is fine and quick.
    Raises StackFailed with the reasons of the resources that failed.
    """
    try:
        stack = describe(account, stage.name)
    except NoStack:
        stack = None
    try:
        update(account, stage, stack) if stack else create(account, stage)
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "ValidationError":
            raise
        raise StackFailed(refusal.response["Error"]["Message"]) from refusal
    return outputs(account, stage.name)


def create(account: Account, stage: Stage) -> None:
    name = stack_name(stage.name)
    account.cloudformation.create_stack(
        StackName=name,
        TemplateBody=TEMPLATE.read_text(),
        Parameters=given({"SiteUrl": PENDING} | stage.parameters(account)),
        Capabilities=["CAPABILITY_IAM"],
    )
    waiter = account.cloudformation.get_waiter("stack_create_complete")
    with faults_told(account, name):
        waiter.wait(StackName=name, WaiterConfig=pace(account))


def update(account: Account, stage: Stage, stack: "StackTypeDef") -> None:
    name = stack["StackName"]
    if stack["StackStatus"] == "ROLLBACK_COMPLETE":
        raise StackFailed(f"{name} was never created whole. Delete it in CloudFormation first.")
    wanted = stage.parameters(account)
    unspoken = {known["ParameterKey"] for known in stack.get("Parameters", [])} - set(wanted)
    kept: list[ParameterTypeDef] = [
        {"ParameterKey": key, "UsePreviousValue": True} for key in sorted(unspoken)
    ]
    try:
        account.cloudformation.update_stack(
            StackName=name,
            TemplateBody=TEMPLATE.read_text(),
            Parameters=given(wanted) + kept,
            Capabilities=["CAPABILITY_IAM"],
        )
    except ClientError as refusal:
        if "No updates are to be performed" in refusal.response["Error"]["Message"]:
            return
        raise
    waiter = account.cloudformation.get_waiter("stack_update_complete")
    with faults_told(account, name):
        waiter.wait(StackName=name, WaiterConfig=pace(account))


def given(parameters: dict[str, str]) -> "list[ParameterTypeDef]":
    return [{"ParameterKey": key, "ParameterValue": parameters[key]} for key in parameters]


def pace(account: Account) -> "WaiterConfigTypeDef":
    """Return how often to ask, in seconds: a real user pool takes its time."""
    return {"Delay": 1 if account.is_embedded else 5, "MaxAttempts": 240}


@contextmanager
def faults_told(account: Account, name: str) -> Iterator[None]:
    """Turn the waiter's "it failed" into what failed and why."""
    try:
        yield
    except WaiterError:
        raise StackFailed("\n".join([f"{name} failed:", *faults(account, name)])) from None


def faults(account: Account, name: str) -> list[str]:
    """Return what went wrong in the stack's last operation, first cause first."""
    reasons = []
    for event in account.cloudformation.describe_stack_events(StackName=name)["StackEvents"]:
        status = event.get("ResourceStatus", "")
        if status.endswith("_FAILED"):
            reason = event.get("ResourceStatusReason", "no reason given")
            reasons.append(f"  {event.get('LogicalResourceId')}: {reason}")
        # Events come newest first; the operation began here.
        began = status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}
        if began and event.get("PhysicalResourceId") == event["StackId"]:
            break
    return reasons[::-1]
