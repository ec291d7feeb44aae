"""One stage of Garage as a CloudFormation stack; the same way to both kinds of account."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloud.account import Account
from cloud.stacks.change_sets import Change, ChangeSet, Refused
from core.environment import ROOT

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import (
        ParameterTypeDef,
        StackEventTypeDef,
        StackTypeDef,
    )

TEMPLATE = ROOT / "infra" / "stack.yaml"
PATIENCE = 20 * 60  # seconds

PENDING = "https://not-deployed.invalid"
"""The site's address until its first deployment, which learns the gateway's."""


class StackFailed(Exception):
    """CloudFormation refused or rolled back; `str()` names the resources at fault."""


class NothingDone(Exception):
    """Whoever was asked did not agree."""


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


def bring_up(
    account: Account,
    stage: Stage,
    *,
    agree: Callable[[list[Change]], bool] = lambda _: True,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, str]:
    """Create the stage's stack or bring it up to date; return its outputs.

    `agree` is shown what will change and may refuse; `say` is told each step of
    each resource. Nothing to change is fine, quick, and asks nobody. Raises
    StackFailed with the reasons of the resources that failed, and NothingDone.
    """
    name = stack_name(stage.name)
    known = known_stack(account, stage.name)
    wanted = ({} if known else {"SiteUrl": PENDING}) | stage.parameters(account)
    unspoken = {
        each["ParameterKey"] for each in (known.get("Parameters", []) if known else [])
    } - set(wanted)
    kept: list[ParameterTypeDef] = [
        {"ParameterKey": key, "UsePreviousValue": True} for key in sorted(unspoken)
    ]
    proposal = ChangeSet(account, name, is_new=known is None)
    try:
        changes = proposal.make(TEMPLATE.read_text(), given(wanted) + kept)
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "ValidationError":
            raise
        proposal.withdraw()
        raise StackFailed(refusal.response["Error"]["Message"]) from refusal
    except Refused as refusal:
        raise StackFailed(str(refusal)) from refusal
    if changes is not None:
        if not agree(changes):
            proposal.withdraw()
            raise NothingDone(f"{name} was left as it is.")
        proposal.accept()
        watch(account, name, say)
    return outputs(account, stage.name)


def known_stack(account: Account, stage: str) -> "StackTypeDef | None":
    """Return the stage's stack, None if there is none; raise StackFailed if it is half made."""
    try:
        found = describe(account, stage)
    except NoStack:
        return None
    if found["StackStatus"] == "REVIEW_IN_PROGRESS":
        return None  # proposed once, and never made
    if found["StackStatus"] == "ROLLBACK_COMPLETE":
        name = found["StackName"]
        raise StackFailed(f"{name} was never created whole. Delete it in CloudFormation first.")
    return found


def given(parameters: dict[str, str]) -> "list[ParameterTypeDef]":
    return [{"ParameterKey": key, "ParameterValue": parameters[key]} for key in parameters]


def watch(account: Account, name: str, say: Callable[[str], None]) -> None:
    """Wait until CloudFormation is done with a stack, telling what it does meanwhile.

    Raises StackFailed if it did not do what it was to do.
    """
    deadline = time.monotonic() + PATIENCE
    told: set[str] = set()
    while True:
        status = account.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        for event in latest(account, name):
            step = f"{event.get('ResourceStatus', ''):30} {event.get('LogicalResourceId', '')}"
            if event["EventId"] not in told:
                told.add(event["EventId"])
                say(step)
        if not status.endswith("_IN_PROGRESS"):
            break
        if time.monotonic() > deadline:
            raise StackFailed(f"{name} is still {status}. `stack status` tells how it goes on.")
        # A real user pool takes its time.
        time.sleep(0.1 if account.is_embedded else 5)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise StackFailed("\n".join([f"{name} failed:", *faults(account, name)]))


def latest(account: Account, name: str) -> "list[StackEventTypeDef]":
    """Return the events of the stack's last operation, the first first."""
    found = []
    for event in account.cloudformation.describe_stack_events(StackName=name)["StackEvents"]:
        found.append(event)
        # Events come newest first; the operation began here.
        began = event.get("ResourceStatus") in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}
        if began and event.get("PhysicalResourceId") == event["StackId"]:
            break
    return found[::-1]


def faults(account: Account, name: str) -> list[str]:
    """Return what went wrong in the stack's last operation, first cause first."""
    return [
        f"  {event.get('LogicalResourceId')}: "
        f"{event.get('ResourceStatusReason', 'no reason given')}"
        for event in latest(account, name)
        if event.get("ResourceStatus", "").endswith("_FAILED")
    ]
