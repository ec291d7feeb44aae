"""The sender in SES, which stages share: AWS refuses to create it twice."""

import secrets
from collections.abc import Callable

import pytest

from cloud.account import Account
from cloud.stacks import senders, stack, teardown
from cloud.stacks.senders import Sending
from cloud.stacks.stack import Stage


@pytest.fixture(name="sender")
def sender_fixture() -> str:
    return f"garage@{secrets.token_hex(4)}.example"


@pytest.fixture(name="up")
def up_fixture(other_account: Account, sender: str) -> Callable[..., str]:
    """Return a function that creates or updates a stage, and returns who owns its sender."""

    def up(stage: str, mail_from: str | None = sender) -> str:
        stack.bring_up(other_account, Stage(name=stage, mail_from=mail_from))
        found = stack.describe(other_account, stage)
        kinds = {
            each["LogicalResourceId"]
            for each in other_account.cloudformation.list_stack_resources(
                StackName=stack.stack_name(stage)
            )["StackResourceSummaries"]
        }
        owner = senders.parameter(found, "SenderOwner")
        assert ("Sender" in kinds) == (owner == "stage")
        return str(owner)

    return up


def down(account: Account, stage: str) -> str:
    output: list[str] = []
    teardown.tear_down(account, stage, with_data=True, report=output.append)
    return "\n".join(output)


def new_stage() -> str:
    return f"s{secrets.token_hex(4)}"


def test_second_stage_with_the_same_sender_does_not_create_it(up: Callable[..., str]) -> None:
    first, second = new_stage(), new_stage()
    assert (up(first), up(second)) == ("stage", "elsewhere")
    # Whoever has it keeps it, also when nothing is said about it.
    assert (up(first), up(second), up(first, None)) == ("stage", "elsewhere", "stage")


def test_sender_of_a_confirmed_domain_is_not_created(
    other_account: Account, sender: str, up: Callable[..., str]
) -> None:
    domain = sender.rpartition("@")[2]
    other_account.client("sesv2").create_email_identity(EmailIdentity=domain)
    assert up(new_stage()) == "elsewhere"


def test_sender_stays_while_another_stage_uses_it(
    other_account: Account, sender: str, up: Callable[..., str]
) -> None:
    first, second = new_stage(), new_stage()
    up(first)
    up(second)
    assert f"{sender} stays in SES: garage-{second} uses it" in down(other_account, first)
    assert senders.exists(other_account, sender)
    assert up(second) == "elsewhere"
    assert "sender" not in down(other_account, second)
    assert senders.exists(other_account, sender)


def test_sender_is_deleted_with_its_only_stage(
    other_account: Account, sender: str, up: Callable[..., str]
) -> None:
    stage = new_stage()
    up(stage)
    assert f"Deleting the sender {sender}" in down(other_account, stage)
    assert not senders.exists(other_account, sender)


@pytest.mark.parametrize(
    ("identity", "production", "sign_up_sender"),
    [
        (None, False, ""),
        (None, True, ""),
        ("garage@example.org", False, ""),
        ("garage@example.org", True, "garage@example.org"),
        ("example.org", True, "example.org"),
    ],
)
def test_sign_up_mails_go_by_ses_once_it_sends_to_everybody(
    identity: str | None, *, production: bool, sign_up_sender: str
) -> None:
    sending = Sending(sender="garage@example.org", identity=identity, production=production)
    assert sending.sign_up_sender == sign_up_sender
