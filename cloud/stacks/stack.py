"""One stage of Garage as a CloudFormation stack, on the embedded AWS or a real account."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloud.account import Account
from cloud.stacks import public_access, senders
from cloud.stacks.change_sets import Change, ChangeSet, ChangeSetFailed
from cloud.stacks.template import TEMPLATE, read_template

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import (
        ParameterTypeDef,
        StackEventTypeDef,
        StackTypeDef,
    )

TIMEOUT = 20 * 60  # seconds

PENDING = "https://not-deployed.invalid"
"""The site's address until its first deployment sets the gateway's."""


class StackFailed(Exception):
    """CloudFormation refused or rolled back; `str()` names the resources that failed."""


class NotConfirmed(Exception):
    """The operator did not confirm; nothing was changed."""


class NoStack(Exception):
    """The stage has no stack in this account."""


@dataclass(frozen=True, kw_only=True)
class FacebookApp:
    """An app at Facebook, for sign-in.

    `secret_name` names the secret in Secrets Manager that holds the app's secret.
    """

    id: str
    secret_name: str


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The settings that differ from stage to stage.

    `site_url` has no slash at its end. An existing stage keeps its value where this
    is None; a new one without a site URL gets its gateway's when it is deployed.
    """

    name: str
    site_url: str | None = None
    mail_from: str | None = None
    """Sender address of the stage's mails; the template has a default for the embedded AWS."""
    facebook_app: FacebookApp | None = None
    alarm_mail: str | None = None
    """E-mail address for alarms."""
    pool_tier: str | None = None
    """Cognito's feature plan for the user pool: LITE, ESSENTIALS or PLUS."""

    def parameters(self, account: Account) -> dict[str, str]:
        """Return the template's parameters for every setting that is not None."""
        parameters = {"Stage": self.name, "Account": "embedded" if account.is_embedded else "aws"}
        if self.site_url:
            parameters["SiteUrl"] = self.site_url
        if self.mail_from:
            parameters["MailFrom"] = self.mail_from
        if self.alarm_mail:
            parameters["AlarmMail"] = self.alarm_mail
        if self.pool_tier:
            parameters["UserPoolTier"] = self.pool_tier
        if self.facebook_app:
            parameters["FacebookAppId"] = self.facebook_app.id
            parameters["FacebookAppSecretName"] = self.facebook_app.secret_name
        return parameters


def stack_name(stage: str) -> str:
    return f"garage-{stage}"


def describe(account: Account, stage: str) -> "StackTypeDef":
    """Return CloudFormation's description of the stage's stack, or raise NoStack."""
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
    confirm: Callable[[list[Change]], bool] = lambda _: True,
    report: Callable[[str], None] = lambda _: None,
) -> dict[str, str]:
    """Create the stage's stack or update it; return its outputs.

    `confirm` gets the changes and returns whether to make them; it is not called if
    there are none. `report` gets each step of each resource as a line of text.
    Raises NotConfirmed, and StackFailed with the reasons of the resources that failed, or
    if the account lets no bucket be public.
    """
    if blocks := public_access.find_blocks(account):
        raise StackFailed(public_access.explain(blocks))
    name = stack_name(stage.name)
    known = known_stack(account, stage.name)
    changed = ({} if known else {"SiteUrl": PENDING}) | stage.parameters(account)
    sender = stage.mail_from or (known and senders.parameter(known, "MailFrom")) or default_sender()
    changed["SenderOwner"] = senders.owner_of(account, known, sender)
    changed["SignUpSender"] = senders.find_sending(account, sender).sign_up_sender
    existing = {each["ParameterKey"] for each in (known.get("Parameters", []) if known else [])}
    unchanged: list[ParameterTypeDef] = [
        {"ParameterKey": key, "UsePreviousValue": True} for key in sorted(existing - set(changed))
    ]
    change_set = ChangeSet(account, name, is_new=known is None)
    try:
        changes = change_set.create(TEMPLATE.read_text(), as_parameters(changed) + unchanged)
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "ValidationError":
            raise
        change_set.delete()
        raise StackFailed(refusal.response["Error"]["Message"]) from refusal
    except ChangeSetFailed as refusal:
        raise StackFailed(str(refusal)) from refusal
    if changes is not None:
        if not confirm(changes):
            change_set.delete()
            raise NotConfirmed(f"{name} was not changed.")
        change_set.execute()
        watch(account, name, report)
    return outputs(account, stage.name)


def default_sender() -> str:
    """Return the sender of a stage that names none."""
    sender: str = read_template()["Parameters"]["MailFrom"]["Default"]
    return sender


def known_stack(account: Account, stage: str) -> "StackTypeDef | None":
    """Return the stage's stack, None if there is none; raise StackFailed if its creation failed."""
    try:
        found = describe(account, stage)
    except NoStack:
        return None
    if found["StackStatus"] == "REVIEW_IN_PROGRESS":
        return None  # a change set was created, and never executed
    if found["StackStatus"] == "ROLLBACK_COMPLETE":
        name = found["StackName"]
        raise StackFailed(
            f"The creation of {name} failed. Delete the stack in CloudFormation first."
        )
    return found


def as_parameters(parameters: dict[str, str]) -> "list[ParameterTypeDef]":
    return [{"ParameterKey": key, "ParameterValue": parameters[key]} for key in parameters]


def watch(account: Account, name: str, report: Callable[[str], None]) -> None:
    """Wait until the stack's operation has ended, and report its events meanwhile.

    Raises StackFailed if it did not complete.
    """
    deadline = time.monotonic() + TIMEOUT
    reported: set[str] = set()
    while True:
        status = account.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        for event in latest_events(account, name):
            step = f"{event.get('ResourceStatus', ''):30} {event.get('LogicalResourceId', '')}"
            if event["EventId"] not in reported:
                reported.add(event["EventId"])
                report(step)
        if not status.endswith("_IN_PROGRESS"):
            break
        if time.monotonic() > deadline:
            raise StackFailed(f"{name} is still {status}. `stack status` shows how it goes on.")
        # A real account takes minutes.
        time.sleep(0.1 if account.is_embedded else 5)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise StackFailed("\n".join([f"{name} failed:", *failure_reasons(account, name)]))


def latest_events(account: Account, name: str) -> "list[StackEventTypeDef]":
    """Return the events of the stack's last operation, oldest first."""
    found = []
    for event in account.cloudformation.describe_stack_events(StackName=name)["StackEvents"]:
        found.append(event)
        # Events come newest first; the stack's own first event ends the list.
        began = event.get("ResourceStatus") in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}
        if began and event.get("PhysicalResourceId") == event["StackId"]:
            break
    return found[::-1]


def failure_reasons(account: Account, name: str) -> list[str]:
    """Return what failed in the stack's last operation, the first cause first."""
    return [
        f"  {event.get('LogicalResourceId')}: "
        f"{event.get('ResourceStatusReason', 'no reason given')}"
        for event in latest_events(account, name)
        if event.get("ResourceStatus", "").endswith("_FAILED")
    ]
