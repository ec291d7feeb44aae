"""The sender of mails in SES, which several stages of an account may share.

SES has one identity for each address in a region. The first stage that needs it owns
it: its stack creates it. It outlives this stack as long as another stage uses it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cloud.account import Account

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

OWN, ELSEWHERE = "stage", "elsewhere"
"""Values of the template's parameter SenderOwner."""
RESOURCE = "Sender"
"""The identity's logical name in the template."""


@dataclass(frozen=True, kw_only=True)
class Sending:
    """What SES does for a sender.

    `identity` is its confirmed address or domain, None if neither is confirmed.
    `production` is whether the account is out of the sandbox.
    """

    sender: str
    identity: str | None
    production: bool

    @property
    def sign_up_sender(self) -> str:
        """The identity through which Cognito can send too, empty if it cannot."""
        return self.identity or "" if self.production else ""

    def lines(self, used: str) -> list[str]:
        """Describe it for an operator; `used` is the present sender for sign-up."""
        confirmed = "confirmed" if self.identity else "not confirmed: follow the link in AWS's mail"
        reach = "to everybody" if self.production else "to confirmed addresses only (sandbox)"
        sign_up = f"by SES as {used}" if used else "by Cognito's own sender, some 50 a day"
        if used != self.sign_up_sender:
            sign_up += "; run `stack up` to change this"
        return [
            f"sender {self.sender}: {confirmed}",
            f"SES sends {reach}",
            f"codes for sign-up and new passwords: {sign_up}",
        ]


def find_sending(account: Account, sender: str) -> Sending:
    """Ask SES about a sender and the account."""
    found = (name for name in (sender, sender.rpartition("@")[2]) if confirmed(account, name))
    return Sending(
        sender=sender,
        identity=next(found, None),
        production=account.client("sesv2").get_account()["ProductionAccessEnabled"],
    )


def owner_of(account: Account, known: "StackTypeDef | None", sender: str) -> str:
    """Return who has the sender: `stage` if this stack has it or is to create it.

    `known` is the stage's stack, None before its creation.
    """
    if known and owned_by(account, known["StackName"]) == sender:
        return OWN
    domain = sender.rpartition("@")[2]
    return ELSEWHERE if exists(account, sender) or exists(account, domain) else OWN


def owned_by(account: Account, stack: str) -> str | None:
    """Return the sender that a stack has created, None if it has created none."""
    try:
        found = account.cloudformation.describe_stack_resource(
            StackName=stack, LogicalResourceId=RESOURCE
        )
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "ValidationError":
            raise
        return None
    return found["StackResourceDetail"].get("PhysicalResourceId")


def exists(account: Account, identity: str) -> bool:
    """Whether SES has an identity for an address or a domain, confirmed or not."""
    return find(account, identity) is not None


def confirmed(account: Account, identity: str) -> bool:
    """Whether SES may send from an address or a domain."""
    found = find(account, identity)
    return bool(found and found["VerifiedForSendingStatus"])


def find(account: Account, identity: str) -> dict[str, Any] | None:
    """Return what SES has of an identity, None if it has none of this name."""
    ses = account.client("sesv2")
    try:
        found: dict[str, Any] = ses.get_email_identity(EmailIdentity=identity)
    except ses.exceptions.NotFoundException:
        return None
    return found


def iter_users(account: Account, sender: str) -> Iterator[str]:
    """Name the stacks of the stages that send from the address."""
    pages = account.cloudformation.get_paginator("list_stacks").paginate()
    for each in (summary for page in pages for summary in page["StackSummaries"]):
        name = each["StackName"]
        if not name.startswith("garage-") or each["StackStatus"] == "DELETE_COMPLETE":
            continue
        described = account.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if parameter(described, "MailFrom") == sender:
            yield name


def parameter(stack: "StackTypeDef", name: str) -> str | None:
    """Return a parameter of a stack, None if it has no such parameter."""
    values = {
        each["ParameterKey"]: each.get("ParameterValue") for each in stack.get("Parameters", [])
    }
    return values.get(name)


def delete_unused(account: Account, sender: str, report: Callable[[str], None]) -> None:
    """Delete a sender whose stack is deleted, unless another stage uses it."""
    if users := list(iter_users(account, sender)):
        report(f"The sender {sender} stays in SES: {', '.join(users)} uses it")
    elif exists(account, sender):
        report(f"Deleting the sender {sender}")
        account.client("sesv2").delete_email_identity(EmailIdentity=sender)
