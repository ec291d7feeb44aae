"""`manage.py stack`, with an embedded account in the operator's environment."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from dotenv import dotenv_values

from cloud.account import Account
from cloud.management.commands.stack import Command
from cloud.stacks import outputs
from cloud.stacks.template import TEMPLATE

STAGE = "ops"
SITE_URL = "https://ops.example"


@pytest.fixture(autouse=True)
def _as_operator(other_account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(other_account.endpoint))
    for name, value in other_account.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(outputs, "STATE", tmp_path)


@pytest.fixture(name="written")
def written_fixture(_as_operator: None, tmp_path: Path) -> dict[str, str | None]:
    """Bring the stage up; return the environment file that this wrote."""
    output = stack("up", "--yes", "--stage", STAGE, "--site-url", SITE_URL)
    assert output.endswith(
        f"garage-{STAGE} is up to date; {tmp_path / f'{STAGE}.env'} is written.\n"
    )
    return dotenv_values(tmp_path / f"{STAGE}.env")


def stack(*arguments: str) -> str:
    output = StringIO()
    call_command(Command(stdout=output), *arguments)
    return output.getvalue()


def test_up_writes_environment_file(written: dict[str, str | None], other_account: Account) -> None:
    assert written["GARAGE_SITE_URL"] == SITE_URL
    assert written["AWS_ENDPOINT_URL"] == other_account.endpoint
    assert written["AWS_ACCESS_KEY_ID"] != other_account.variables["AWS_ACCESS_KEY_ID"]


def test_up_again_keeps_address_and_keys(written: dict[str, str | None], tmp_path: Path) -> None:
    stack("up", "--yes", "--stage", STAGE)
    assert dotenv_values(tmp_path / f"{STAGE}.env") == written


def test_up_sets_the_feature_plan_of_the_user_pool(
    written: dict[str, str | None], other_account: Account
) -> None:
    def tier() -> str:
        pool = str(written["GARAGE_USER_POOL_ID"])
        return other_account.cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["UserPoolTier"]

    assert tier() == "ESSENTIALS"
    stack("up", "--yes", "--stage", STAGE, "--pool-tier", "LITE")
    assert tier() == "LITE"
    stack("up", "--yes", "--stage", STAGE, "--pool-tier", "ESSENTIALS")
    assert tier() == "ESSENTIALS"


def test_outputs_as_json(written: dict[str, str | None], other_account: Account) -> None:
    output = json.loads(stack("outputs", "--json", "--stage", STAGE))
    assert output["endpoint"] == other_account.endpoint
    assert output["userPoolId"] == written["GARAGE_USER_POOL_ID"]
    assert output["bucket"] == written["GARAGE_MEDIA_BUCKET"]
    assert output["tables"]["markets"] == f"garage-{STAGE}-markets"
    assert output["clients"] == {
        "merchants": written["GARAGE_MERCHANTS_CLIENT_ID"],
        "officers": written["GARAGE_OFFICERS_CLIENT_ID"],
    }


def test_outputs_as_text(written: dict[str, str | None]) -> None:
    output = stack("outputs", "--stage", STAGE)
    assert f"bucket: {written['GARAGE_MEDIA_BUCKET']}\n" in output
    assert f"clients.officers: {written['GARAGE_OFFICERS_CLIENT_ID']}\n" in output


def test_up_shows_planned_changes_and_events() -> None:
    output = stack("up", "--yes", "--stage", "other", "--site-url", SITE_URL).splitlines()
    assert re.fullmatch(r"added +Markets +AWS::DynamoDB::Table", row(output, "Markets"))
    assert [line for line in output if re.fullmatch(r"CREATE_COMPLETE +Markets", line)]


def test_up_warns_about_replaced_tables_and_lost_data(
    written: dict[str, str | None],
    other_account: Account,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    template = tmp_path / "stack.yaml"
    text = TEMPLATE.read_text()
    template.write_text(text.replace("TableName: !Sub garage-${Stage}-cities", "TableName: towns"))
    monkeypatch.setattr("cloud.stacks.stack.TEMPLATE", template)
    asked: list[str] = []

    def refuse(question: str) -> str:
        asked.append(question)
        return "no"

    monkeypatch.setattr("builtins.input", refuse)
    output = StringIO()
    with pytest.raises(CommandError, match="garage-ops was not changed"):
        call_command(Command(stdout=output), "up", "--stage", STAGE)
    assert output.getvalue().startswith("REPLACED")
    assert re.fullmatch(
        r"REPLACED +Cities +AWS::DynamoDB::Table", output.getvalue().splitlines()[0]
    )
    assert "The stack loses the data of: Cities" in output.getvalue()
    assert asked == ["Continue? Type the name of the stage, ops: "]
    assert "towns" not in other_account.dynamodb.list_tables()["TableNames"]


def test_declined_new_stage_leaves_no_stack(
    other_account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "")
    with pytest.raises(CommandError, match="not changed"):
        stack("up", "--stage", "never", "--site-url", SITE_URL)
    with pytest.raises(CommandError, match="no stack garage-never"):
        stack("status", "--stage", "never")


def test_down_deletes_empty_stage(other_account: Account, tmp_path: Path) -> None:
    stack("up", "--yes", "--stage", "brief", "--site-url", SITE_URL)
    output = stack("down", "--yes", "--stage", "brief")
    assert output.endswith("garage-brief is deleted, with everything in it.\n")
    names = other_account.dynamodb.list_tables()["TableNames"]
    assert not [name for name in names if name.startswith("garage-brief")]
    assert not (tmp_path / "brief.env").exists()


def test_down_refuses_while_tables_have_data(other_account: Account) -> None:
    stack("up", "--yes", "--stage", "full", "--site-url", SITE_URL)
    table = "garage-full-cities"
    other_account.dynamodb.put_item(TableName=table, Item={"slug": {"S": "brasov"}})
    with pytest.raises(CommandError, match=f"data in the table {table}. Nothing was changed"):
        stack("down", "--yes", "--stage", "full")
    assert other_account.dynamodb.scan(TableName=table)["Count"] == 1
    stack("down", "--yes", "--with-data", "--stage", "full")
    assert table not in other_account.dynamodb.list_tables()["TableNames"]


def test_down_refuses_while_anything_is_protected(other_account: Account) -> None:
    """Production protects its tables and its user pool; AWS would stop at the first of them."""
    stack("up", "--yes", "--stage", "production", "--site-url", SITE_URL)
    outputs = json.loads(stack("outputs", "--json", "--stage", "production"))
    tables, pool = outputs["tables"].values(), outputs["userPoolId"]
    kept = "public/markets/1.webp"
    other_account.s3.put_object(Bucket=outputs["bucket"], Key=kept, Body=b"photo")
    everything = ", ".join([*(f"the table {table}" for table in tables), f"the user pool {pool}"])
    with pytest.raises(CommandError, match=f"^Protected against deletion: {everything}. Nothing"):
        stack("down", "--yes", "--with-data", "--stage", "production")
    for table in tables:
        other_account.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    with pytest.raises(CommandError, match=f"^Protected against deletion: the user pool {pool}. "):
        stack("down", "--yes", "--with-data", "--stage", "production")
    other_account.s3.head_object(Bucket=outputs["bucket"], Key=kept)
    assert stack("status", "--stage", "production").startswith("CREATE_COMPLETE\n")
    other_account.cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    other_account.cloudformation.update_termination_protection(
        StackName="garage-production", EnableTerminationProtection=True
    )
    with pytest.raises(CommandError, match=r"^Protected against deletion: the stack garage-prod"):
        stack("down", "--yes", "--with-data", "--stage", "production")
    other_account.cloudformation.update_termination_protection(
        StackName="garage-production", EnableTerminationProtection=False
    )
    stack("down", "--yes", "--with-data", "--stage", "production")
    assert not set(tables) & set(other_account.dynamodb.list_tables()["TableNames"])


def test_down_asks_for_stage_name(
    written: dict[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    with pytest.raises(CommandError, match="not changed"):
        stack("down", "--stage", STAGE)


def row(lines: list[str], resource: str) -> str:
    return next(line for line in lines if f" {resource} " in line and "::" in line)


def test_status_prints_stack_status(written: dict[str, str | None]) -> None:
    status, *_mail = stack("status", "--stage", STAGE).splitlines()
    assert status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def test_status_says_what_ses_sends(written: dict[str, str | None], other_account: Account) -> None:
    def mail() -> list[str]:
        return stack("status", "--stage", STAGE).splitlines()[1:]

    ses = other_account.client("sesv2")
    details = {"MailType": "TRANSACTIONAL", "WebsiteURL": SITE_URL}
    ses.put_account_details(**details, ProductionAccessEnabled=False)
    try:
        stack("up", "--yes", "--stage", STAGE)
        assert mail() == [
            "sender garage@example.com: confirmed",
            "SES sends to confirmed addresses only (sandbox)",
            "codes for sign-up and new passwords: by Cognito's own sender, some 50 a day",
        ]
    finally:
        ses.put_account_details(**details, ProductionAccessEnabled=True)
    assert mail()[1] == "SES sends to everybody"
    assert mail()[2].endswith(
        "by Cognito's own sender, some 50 a day; run `stack up` to change this"
    )
    stack("up", "--yes", "--stage", STAGE)
    assert mail()[2] == "codes for sign-up and new passwords: by SES as garage@example.com"
    pool = other_account.cognito.describe_user_pool(UserPoolId=str(written["GARAGE_USER_POOL_ID"]))
    sending = pool["UserPool"]["EmailConfiguration"]
    assert sending["EmailSendingAccount"] == "DEVELOPER"
    assert sending["SourceArn"].endswith(":identity/garage@example.com")


def test_status_of_missing_stage_is_an_error() -> None:
    with pytest.raises(CommandError, match="no stack garage-nowhere"):
        stack("status", "--stage", "nowhere")


def test_site_key_cannot_change_stack(
    written: dict[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, str(written[name]))
    with pytest.raises(CommandError, match=r"AWS error: .*not authorized"):
        stack("up", "--yes", "--stage", STAGE)
