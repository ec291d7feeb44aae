"""A healthy, deployed stage on an account beside the session's own."""

import io
import json
import zipfile
from datetime import datetime

import pytest

from cloud.account import Account
from cloud.deployment import zappa_settings
from cloud.emulator import emulator_setup
from cloud.stacks import stack
from cloud.stacks.outputs import StageOutputs
from cloud.stacks.stack import Stage

STAGE = "patient"
SENDER = "garage@patient.example"
RECEIVER = "ops@patient.example"
FUNCTION = zappa_settings.function_name(STAGE)
LOG = f"/aws/lambda/{FUNCTION}"
RULE = f"{FUNCTION}-garage.lambda_entry.deliver_messages"


@pytest.fixture(scope="package")
def stage(other_account: Account) -> StageOutputs:
    """Bring a stage up, and deploy a function as Zappa does it: with a schedule and a log."""
    # Confirmed before the stack exists, as on its second `stack up`.
    other_account.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    found = stack.bring_up(
        other_account,
        Stage(
            name=STAGE,
            site_url="https://patient.example",
            mail_from=SENDER,
            alarm_mail=RECEIVER,
        ),
    )
    emulator_setup.complete_tables(other_account, found)
    outputs = StageOutputs(other_account, STAGE, found)
    deploy(outputs)
    return outputs


def deploy(outputs: StageOutputs) -> None:
    account = outputs.account
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context): pass\n")
    function = account.client("lambda").create_function(
        FunctionName=FUNCTION,
        Runtime="python3.13",
        Handler="handler.handler",
        Role=outputs.stack["FunctionRoleArn"],
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {**outputs.deployed_variables(), "STAGE": STAGE}},
    )
    events = account.client("events")
    events.put_rule(Name=RULE, ScheduleExpression="rate(1 minute)", State="ENABLED")
    events.put_targets(Rule=RULE, Targets=[{"Id": "1", "Arn": function["FunctionArn"]}])


def write_log(account: Account, at: datetime, line: dict[str, object] | str) -> None:
    """Write a line into the function's log."""
    logs = account.client("logs")
    stream = f"{at:%H%M%S%f}"
    logs.create_log_stream(logGroupName=LOG, logStreamName=stream)
    message = line if isinstance(line, str) else json.dumps(line)
    event = {"timestamp": int(at.timestamp() * 1000), "message": message}
    logs.put_log_events(logGroupName=LOG, logStreamName=stream, logEvents=[event])
