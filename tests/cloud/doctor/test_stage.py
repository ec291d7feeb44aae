"""A healthy stage, and the same stage broken in many ways."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cloud.doctor import function, tables
from cloud.doctor.examination import examine
from cloud.doctor.examined import Examined
from cloud.doctor.findings import Level
from cloud.stacks.outputs import StageOutputs
from cloud.stacks.template import tables_of
from markets.outbox.models import Message, MessageState
from tests.cloud.doctor.conftest import FUNCTION, RECEIVER, RULE, STAGE, write_log
from tests.cloud.doctor.helpers import NOT_HERE, names, new_key, now
from tests.infra.policies import DEPLOYER


def message(due: datetime) -> dict[str, Any]:
    """Return a waiting message as the site stores it."""
    return dict(
        Message(
            "market", "message", user_id="u", reference="BRV-1", version=1, action="approve",
            at=due, to="maria@example.com", reply_to="a@example.com", language="ro",
            subject="s", body="b", state=MessageState.WAITING.value, due_at=due,
        ).serialize()
    )  # fmt: skip


def examine_healthy(stage: StageOutputs) -> None:
    write_log(stage.account, now(minutes=-2), {"message": "outbox", "overdue_seconds": 0})
    stage.account.dynamodb.put_item(
        TableName=stage.stack["OutboxTable"], Item=message(now(minutes=-5))
    )
    report = examine(stage.account, STAGE)
    assert [each for each in report.findings if each.level != Level.UNKNOWN] == []
    assert names(report) == [*NOT_HERE, "certificate-not-asked"]
    assert "the function's role may do what the site needs, and read its secret" in report.fine
    assert "scheduled runs happen" in report.fine


def examine_late_run(stage: StageOutputs) -> None:
    write_log(stage.account, now(), {"message": "outbox", "overdue_seconds": 0})
    # The function is new, so the present moment says nothing.
    later = Examined(stage.account, STAGE, now(minutes=20))
    (found,) = function.find_schedule(later)
    assert found.name == "no-recent-run"
    assert f"the last: {later.now - timedelta(minutes=20):%Y-%m-%d %H:%M}" in found.what
    early = Examined(stage.account, STAGE, now(minutes=10))
    assert list(function.find_schedule(early)) == []


def examine_protection(stage: StageOutputs) -> None:
    examined = Examined(stage.account, STAGE, now())
    (cities,) = [each for each in tables_of(examined.template) if each.output == "CitiesTable"]
    properties = examined.template["Resources"]["Cities"]["Properties"]

    def found(name: str) -> list[str]:
        examined = Examined(stage.account, name, now())
        each = tables.find_in_table(stage.stack["CitiesTable"], cities, properties, examined)
        return [finding.name for finding in each]

    assert found(STAGE) == []
    assert found("production") == ["table-unprotected"]


def examine_with_documented_key(stage: StageOutputs) -> None:
    key = new_key(stage.account, *DEPLOYER, "doctor")
    for name in (STAGE, "newcomer"):
        asked = [each for each in examine(key, name).findings if "unanswered" in each.name]
        assert asked == []


def examine_with_smaller_key(stage: StageOutputs) -> None:
    report = examine(new_key(stage.account, "deployer-stack", "deployer-roles"), STAGE)
    found = {each.name: each.what for each in report.findings if "unanswered" in each.name}
    assert found == {
        "role-unanswered": "The key may not ask: SimulatePrincipalPolicy.",
        "function-unanswered": "The key may not ask: GetFunctionConfiguration.",
        "errors-unanswered": "The key may not ask: GetFunctionConfiguration.",
        "schedule-unanswered": "The key may not ask: GetFunctionConfiguration.",
    }
    assert not report.has_fault


# The planted faults


def delete_table(stage: StageOutputs) -> str:
    stage.account.dynamodb.delete_table(TableName=stage.stack["UploadsTable"])
    return stage.stack["UploadsTable"]


def change_keys(stage: StageOutputs) -> str:
    name = stage.stack["ProfilesTable"]
    stage.account.dynamodb.delete_table(TableName=name)
    stage.account.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "userId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "userId", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
    )
    stage.account.dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    return "userId (N) instead of userId (S)"


def delete_index(stage: StageOutputs) -> str:
    stage.account.dynamodb.update_table(
        TableName=stage.stack["MarketsTable"],
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "city"}}],
    )
    return "index city of garage-patient-markets"


def switch_expiry_off(stage: StageOutputs) -> str:
    stage.account.dynamodb.update_time_to_live(
        TableName=stage.stack["SessionsTable"],
        TimeToLiveSpecification={"Enabled": False, "AttributeName": "expiresAt"},
    )
    return stage.stack["SessionsTable"]


def switch_recovery_off(stage: StageOutputs) -> str:
    stage.account.dynamodb.update_continuous_backups(
        TableName=stage.stack["NotesTable"],
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )
    return stage.stack["NotesTable"]


def take_right_from_role(stage: StageOutputs) -> str:
    role = stage.stack["FunctionRoleArn"].rpartition("/")[2]
    iam = stage.account.iam
    document: Any = iam.get_role_policy(RoleName=role, PolicyName="function")["PolicyDocument"]
    document["Statement"] = [each for each in document["Statement"] if each["Sid"] != "ReadSecrets"]
    iam.put_role_policy(RoleName=role, PolicyName="function", PolicyDocument=json.dumps(document))
    return f"may not: secretsmanager:GetSecretValue on {stage.stack['SecretsArn']}."


def delete_secret(stage: StageOutputs) -> str:
    stage.account.client("secretsmanager").delete_secret(SecretId=stage.stack["SecretsArn"])
    return stage.stack["SecretsArn"]


def delete_alarm(stage: StageOutputs) -> str:
    stage.account.client("cloudwatch").delete_alarms(AlarmNames=["garage-patient-latency"])
    return "garage-patient-latency"


def silence_alarm(stage: StageOutputs) -> str:
    stage.account.client("cloudwatch").disable_alarm_actions(AlarmNames=["garage-patient-errors"])
    return "garage-patient-errors"


def raise_alarm(stage: StageOutputs) -> str:
    stage.account.client("cloudwatch").set_alarm_state(
        AlarmName="garage-patient-throttles", StateValue="ALARM", StateReason="too many"
    )
    return "garage-patient-throttles is raised: too many"


def unsubscribe(stage: StageOutputs) -> str:
    sns = stage.account.client("sns")
    topic = f"arn:aws:sns:eu-central-1:000000000000:garage-{STAGE}-alarms"
    (found,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=found["SubscriptionArn"])
    return RECEIVER


def let_message_wait(stage: StageOutputs) -> str:
    stage.account.dynamodb.put_item(
        TableName=stage.stack["OutboxTable"], Item=message(now(minutes=-16))
    )
    return "(16 minutes)"


def change_environment(stage: StageOutputs) -> str:
    variables = stage.deployed_variables() | {"GARAGE_MEDIA_BUCKET": "another"}
    stage.account.client("lambda").update_function_configuration(
        FunctionName=FUNCTION, Environment={"Variables": variables}
    )
    return "values than the stack: GARAGE_MEDIA_BUCKET."


def disable_schedule(stage: StageOutputs) -> str:
    stage.account.client("events").disable_rule(Name=RULE)
    return "deliver_messages does not run rate(1 minute); its rule: DISABLED rate(1 minute)."


def log_error(stage: StageOutputs) -> str:
    write_log(stage.account, now(hours=-2), "2026-11-20 Task timed out after 29.03 seconds")
    write_log(stage.account, now(hours=-1), {"level": "ERROR", "message": "Bad Gateway"})
    write_log(stage.account, now(hours=-1), {"level": "INFO", "message": "no error"})
    return ": Bad Gateway"


def delete_bucket(stage: StageOutputs) -> str:
    bucket = stage.stack["DeploymentsBucket"]
    stage.account.s3.delete_bucket(Bucket=bucket)
    return f"the bucket {bucket}."


PLANTED: dict[str, Callable[[StageOutputs], str]] = {
    "resource-missing": delete_bucket,
    "table-missing": delete_table,
    "table-keys": change_keys,
    "index-missing": delete_index,
    "expiry-off": switch_expiry_off,
    "recovery-off": switch_recovery_off,
    "secret-missing": delete_secret,
    "role-rights": take_right_from_role,
    "alarm-missing": delete_alarm,
    "alarm-silent": silence_alarm,
    "alarm-raised": raise_alarm,
    "subscription-missing": unsubscribe,
    "outbox-overdue": let_message_wait,
    "function-environment": change_environment,
    "recent-errors": log_error,
    "schedule-missing": disable_schedule,
}
"""What breaks the stage, by the name of the finding; each returns a part of what is found."""


def examine_broken(stage: StageOutputs) -> None:
    planted = {name: plant(stage) for name, plant in PLANTED.items()}
    report = examine(stage.account, STAGE)
    found = {each.name: each for each in report.findings if each.level != Level.UNKNOWN}
    assert sorted(names(report, Level.FAULT, Level.WARNING)) == sorted(PLANTED)
    assert {name: text for name, text in planted.items() if text not in found[name].what} == {}
    assert {name for name, each in found.items() if each.level == Level.WARNING} == {
        "alarm-raised",
        "recent-errors",
    }


def test_healthy_stage_and_the_same_stage_with_planted_faults(stage: StageOutputs) -> None:
    """One test, because each worker that runs a part of it would need a stage of its own."""
    examine_healthy(stage)
    examine_late_run(stage)
    examine_protection(stage)
    examine_with_documented_key(stage)
    examine_with_smaller_key(stage)
    examine_broken(stage)
