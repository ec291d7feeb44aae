"""The alarms of the stage, and whether anybody receives them."""

from collections.abc import Iterator
from typing import Any

from cloud.doctor.examined import Examined
from cloud.doctor.findings import Finding, fault, warning
from cloud.stacks import stack

PENDING = "PendingConfirmation"
"""What SNS names instead of an ARN until the receiver has followed its link."""


def find(examined: Examined) -> Iterator[Finding]:
    """Yield the alarms that are missing, silent or raised."""
    if examined.outputs is None:
        return
    prefix = f"{stack.stack_name(examined.stage)}-"
    pages = examined.client("cloudwatch").get_paginator("describe_alarms")
    found = {
        each["AlarmName"]: each
        for page in pages.paginate(AlarmNamePrefix=prefix)
        for each in page["MetricAlarms"]
    }
    topic = examined.arn("sns", f"{prefix}alarms")
    for resource in examined.template["Resources"].values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            name = resource["Properties"]["AlarmName"]["!Sub"].replace("${Stage}", examined.stage)
            yield from find_in_alarm(name, found.get(name), topic)


def find_in_alarm(name: str, alarm: dict[str, Any] | None, topic: str) -> Iterator[Finding]:
    if alarm is None:
        yield fault(
            "alarm-missing",
            f"The alarm {name} does not exist.",
            why="Nobody learns of what it watches.",
            remedy="Run `stack up`. If it finds no change, make the alarm by hand as in"
            " infra/stack.yaml.",
        )
        return
    if not alarm["ActionsEnabled"] or topic not in alarm["AlarmActions"]:
        yield fault(
            "alarm-silent",
            f"The alarm {name} tells nobody.",
            why="It changes its colour in CloudWatch, and sends no mail.",
            remedy=f"aws cloudwatch enable-alarm-actions --alarm-names {name}; then `stack up`.",
        )
    if alarm["StateValue"] == "ALARM":
        yield warning(
            "alarm-raised",
            f"The alarm {name} is raised: {alarm.get('StateReason', 'no reason given')}",
            why=str(alarm.get("AlarmDescription", "What it watches is beyond its limit.")),
            remedy="docs/operations.md, alarms, says what to do for each.",
        )


def find_in_subscriptions(examined: Examined) -> Iterator[Finding]:
    """Yield whether nobody receives the alarms, or the receiver has not confirmed."""
    if examined.outputs is None:
        return
    why = "Alarms reach nobody: the first to learn of a fault are merchants."
    mail = examined.parameter("AlarmMail")
    if not mail:
        yield warning(
            "alarms-unaddressed",
            "The stage has no e-mail address for alarms.",
            why=why,
            remedy="Run `stack up` with --alarm-mail.",
        )
        return
    sns = examined.client("sns")
    topic = examined.arn("sns", f"{stack.stack_name(examined.stage)}-alarms")
    try:
        pages = list(sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic))
    except sns.exceptions.NotFoundException:
        pages = []
    found = {each["Endpoint"]: each for page in pages for each in page["Subscriptions"]}
    if mail not in found:
        yield fault(
            "subscription-missing",
            f"{mail} does not receive the alarms any more.",
            why=why,
            remedy=f"aws sns subscribe --topic-arn {topic} --protocol email"
            f" --notification-endpoint {mail}; then follow AWS's link.",
        )
    elif found[mail]["SubscriptionArn"] == PENDING:
        yield fault(
            "subscription-unconfirmed",
            f"{mail} has not confirmed that it wants the alarms.",
            why=why,
            remedy="Follow the link in AWS's mail; subscribe again if it is older than two days.",
        )
