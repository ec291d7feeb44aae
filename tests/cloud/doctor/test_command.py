"""The command, and an account before its first stage."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from cloud.account import Account
from cloud.doctor import credentials, limits
from cloud.doctor.examination import examine
from cloud.doctor.examined import Examined
from cloud.doctor.findings import Level
from cloud.management.commands.doctor import Command
from core.environment import ROOT
from tests.cloud.doctor.helpers import NOT_HERE, names, now

STAGE = "dev"


def test_account_before_its_first_stage_has_no_fault(other_account: Account) -> None:
    report = examine(other_account, "newcomer")
    assert names(report) == [*NOT_HERE, "no-stack", "certificate-not-asked"]
    assert "no name is taken" in report.fine


def test_names_that_are_taken_are_found_before_stack_up(other_account: Account) -> None:
    other_account.dynamodb.create_table(
        TableName="garage-squatter-cities",
        KeySchema=[{"AttributeName": "slug", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "slug", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    other_account.s3.create_bucket(
        Bucket="garage-squatter-media-000000000000",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    other_account.client("logs").create_log_group(logGroupName="/aws/lambda/garage-site-squatter")
    other_account.client("sns").create_topic(Name="garage-squatter-alarms")
    (found,) = [
        each for each in examine(other_account, "squatter").findings if each.level == Level.FAULT
    ]
    assert found.name == "name-taken"
    assert found.what == (
        "There is no stack yet, but there is a bucket garage-squatter-media-000000000000, a log"
        " /aws/lambda/garage-site-squatter, a table garage-squatter-cities, a topic"
        " garage-squatter-alarms."
    )


@pytest.mark.parametrize(
    ("seconds", "levels"),
    [(20, []), (-120, [Level.WARNING]), (120, [Level.WARNING]), (400, [Level.FAULT])],
)
def test_wrong_clock_is_found(other_account: Account, seconds: int, levels: list[Level]) -> None:
    examined = Examined(other_account, STAGE, now(seconds=seconds))
    found = list(credentials.find(examined))
    assert [(each.name, each.level) for each in found] == [("clock-skew", each) for each in levels]


@pytest.fixture
def _as_operator(other_account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(other_account.endpoint))
    for name, value in other_account.variables.items():
        monkeypatch.setenv(name, value)


def doctor(*arguments: str) -> str:
    output = StringIO()
    call_command(Command(stdout=output), *arguments)
    return output.getvalue()


@pytest.mark.usefixtures("_as_operator")
def test_command_prints_what_why_and_remedy() -> None:
    lines = doctor("--stage", "newcomer").splitlines()
    place = lines.index("UNKNOWN no-stack: There is no stack garage-newcomer yet.")
    assert lines[place + 1 : place + 3] == [
        "  why: Tables, role, secret, alarms and sender could not be asked about.",
        "  do:  Run `stack up`, then this again.",
    ]
    assert "fine: the region is eu-central-1" in lines
    assert lines[-1] == "faults: 0, warnings: 0, unknowns: 6"


def test_command_prints_json_without_the_settings_of_a_stage(
    other_account: Account, tmp_path: Path
) -> None:
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, ROOT / "manage.py", "doctor", "--stage", "newcomer", "--json"],
        cwd=tmp_path,
        env={
            **other_account.variables,
            "AWS_ENDPOINT_URL": str(other_account.endpoint),
            "AWS_REGION": other_account.region_name,
        },
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(ran.stdout)
    assert found["stage"] == "newcomer"
    assert {"level", "name", "what", "why", "remedy"} == set(found["findings"][0])
    assert "the region is eu-central-1" in found["fine"]


@pytest.mark.usefixtures("_as_operator")
def test_command_ends_with_1_on_a_fault(other_account: Account) -> None:
    other_account.client("sns").create_topic(Name="garage-taken-alarms")
    output = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command(Command(stdout=output), "--stage", "taken")
    assert end.value.code == 1
    assert output.getvalue().startswith("FAULT name-taken: ")


@pytest.mark.usefixtures("_as_operator")
def test_sandbox_is_a_fault_in_production_only(other_account: Account) -> None:
    ses = other_account.client("sesv2")
    details = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://patient.example"}
    ses.put_account_details(**details, ProductionAccessEnabled=False)
    try:
        for name, level in (("newcomer", Level.WARNING), ("production", Level.FAULT)):
            found = limits.find_sending(Examined(other_account, name, now()))
            assert [(each.name, each.level) for each in found] == [("mail-sandbox", level)]
    finally:
        ses.put_account_details(**details, ProductionAccessEnabled=True)
