"""The deployed function: its settings, its last errors, its schedule, and overdue mails."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from cloud.deployment import zappa_settings
from cloud.doctor.examined import Examined
from cloud.doctor.findings import Finding, fault, unknown, warning
from cloud.stacks.stack import PENDING

LATE = timedelta(minutes=15)
"""After this the stack's alarm for overdue mail is raised too."""
RECENT = timedelta(hours=24)
MOST_EVENTS = 1000

ERRORS = '{ ($.level = "ERROR") || ($.level = "CRITICAL") }'
"""Errors that the site logs, as JSON."""
CRASHES = ("[ERROR]", "Task timed out", "Runtime.ExitError")
"""What Lambda itself writes when a process fails.

https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""
REPORT = '{ $.message = "outbox" }'
"""The line that each scheduled delivery writes; see garage.lambda_entry."""

WAITING = "waiting"
MOMENT = "%Y-%m-%dT%H:%M:%S.%f%z"
"""How the outbox stores a moment."""


def find_settings(examined: Examined) -> Iterator[Finding]:
    """Yield whether the function is missing, failed, or has other settings than the stage."""
    if examined.outputs is None:
        return
    function = examined.function
    if function is None:
        yield unknown(
            "not-deployed",
            f"There is no function {examined.function_name} yet.",
            why="Its errors, its schedule and its last runs could not be asked about.",
            remedy=f"Run `make deploy STAGE={examined.stage}`, then this again.",
        )
        return
    failed = [
        f"{name} {function[name]}: {function.get(f'{name}Reason', 'no reason given')}"
        for name in ("State", "LastUpdateStatus")
        if function.get(name) == "Failed"
    ]
    if failed:
        yield fault(
            "function-failed",
            f"Lambda cannot run {examined.function_name}: {'; '.join(failed)}.",
            why="Every page is an error, or an old version answers.",
            remedy="Deploy again; `manage.py deploy --back` restores the good version before.",
        )
    yield from find_in_environment(function, examined)


def find_in_environment(function: dict[str, Any], examined: Examined) -> Iterator[Finding]:
    outputs = examined.outputs
    assert outputs  # noqa: S101 - for the type: its caller has asked
    deploy = f"Run `make deploy STAGE={examined.stage}`."
    if function["Role"] != (role := outputs.stack["FunctionRoleArn"]):
        yield fault(
            "function-role",
            f"The function runs with the role {function['Role']} instead of {role}.",
            why="It may do more or less than the stack says.",
            remedy=deploy,
        )
    if outputs.stack["SiteUrl"] == PENDING:
        yield fault(
            "site-url-pending",
            "The function is deployed, and the stage still has no address.",
            why="Sign-in returns to no page.",
            remedy=deploy,
        )
        return
    variables = function.get("Environment", {}).get("Variables", {})
    expected = outputs.deployed_variables()
    if differing := sorted(name for name in expected if variables.get(name) != expected[name]):
        yield fault(
            "function-environment",
            f"The function has other values than the stack: {', '.join(differing)}.",
            why="The site uses addresses or names of resources that the stage does not have.",
            remedy=deploy,
        )


def find_errors(examined: Examined) -> Iterator[Finding]:
    """Yield the errors of the function in the last 24 hours, with the latest of them."""
    if examined.function is None:
        return
    since = examined.now - RECENT
    found = [each for each in read_log(ERRORS, since, examined) if is_error(each)]
    for phrase in CRASHES:
        lines = read_log(f'"{phrase}"', since, examined)
        found += [each for each in lines if phrase in each["message"]]
    if not found:
        return
    latest = max(found, key=lambda each: int(each["timestamp"]))
    last = str(as_json(latest).get("message") or latest["message"])[:200].strip()
    yield warning(
        "recent-errors",
        f"{len(found)} errors in 24 hours, the last at {moment(latest)}: {last}",
        why="Somebody saw an error page, or a scheduled run failed.",
        remedy=f"`.venv/bin/zappa tail {examined.stage}` shows the log around it.",
    )


def find_schedule(examined: Examined) -> Iterator[Finding]:
    """Yield the schedules that are missing or switched off, and when the last run was."""
    if examined.function is None:
        return
    events = examined.client("events")
    target = examined.arn("lambda", f"function:{examined.function_name}")
    rules = [
        events.describe_rule(Name=name)
        for name in events.list_rule_names_by_target(TargetArn=target)["RuleNames"]
    ]
    for expected in zappa_settings.events():
        name = expected["function"]
        own = [rule for rule in rules if rule["Name"].endswith(name)]
        if not any(
            rule["State"] == "ENABLED" and rule["ScheduleExpression"] == expected["expression"]
            for rule in own
        ):
            state = ", ".join(f"{rule['State']} {rule['ScheduleExpression']}" for rule in own)
            yield fault(
                "schedule-missing",
                f"{name} does not run {expected['expression']}; its rule: {state or 'none'}.",
                why="Merchants get no mails about decisions.",
                remedy=f"Run `make deploy STAGE={examined.stage}`, or enable the rule.",
            )
    yield from find_last_run(examined)


def find_last_run(examined: Examined) -> Iterator[Finding]:
    function = examined.function or {}
    if examined.now - datetime.fromisoformat(function["LastModified"]) < LATE:
        return  # deployed a moment ago
    if any(is_report(each) for each in read_log(REPORT, examined.now - LATE, examined)):
        return
    earlier = [
        each for each in read_log(REPORT, examined.now - RECENT, examined) if is_report(each)
    ]
    last = max((moment(each) for each in earlier), default=f"none in {RECENT.days} day")
    yield fault(
        "no-recent-run",
        f"No scheduled delivery came to its end in the last 15 minutes; the last: {last}.",
        why="Merchants get no mails about decisions.",
        remedy="Read the log for its errors; see whether the rule is enabled and may invoke the"
        " function.",
    )


def find_outbox(examined: Examined) -> Iterator[Finding]:
    """Yield whether a message has been due for long."""
    if examined.outputs is None:
        return
    try:
        found = examined.client("dynamodb").query(
            TableName=examined.outputs.stack["OutboxTable"],
            IndexName="due",
            KeyConditionExpression="#state = :waiting AND dueAt <= :now",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":waiting": {"S": WAITING},
                ":now": {"S": examined.now.strftime(MOMENT)},
            },
            Limit=1,
        )["Items"]
    except ClientError as refusal:
        # Without table or index: the check of the tables says it.
        if refusal.response["Error"]["Code"] in {
            "ResourceNotFoundException",
            "ValidationException",
        }:
            return
        raise
    for message in found:
        due = datetime.fromisoformat(message["dueAt"]["S"])
        age = examined.now - due
        if age > LATE:
            yield fault(
                "outbox-overdue",
                f"The oldest due message waits since {due:%Y-%m-%d %H:%M} UTC"
                f" ({round(age.total_seconds() / 60)} minutes).",
                why="A merchant has not heard of a decision.",
                remedy="`manage.py deliver_messages` sends it and names the error; see whether SES"
                " sends and the schedule runs.",
            )


def read_log(pattern: str, since: datetime, examined: Examined) -> list[dict[str, Any]]:
    """Return the events of the function's log that match, at most MOST_EVENTS of them."""
    logs = examined.client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{examined.function_name}",
        filterPattern=pattern,
        startTime=int(since.timestamp() * 1000),
        PaginationConfig={"MaxItems": MOST_EVENTS},
    )
    try:
        return [each for page in pages for each in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []


def as_json(event: dict[str, Any]) -> dict[str, Any]:
    """Return the line of a log event, empty if it is no JSON object."""
    try:
        line = json.loads(event["message"])
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


# The embedded AWS takes every line for a match of a pattern for JSON.


def is_error(event: dict[str, Any]) -> bool:
    return as_json(event).get("level") in {"ERROR", "CRITICAL"}


def is_report(event: dict[str, Any]) -> bool:
    return as_json(event).get("message") == "outbox"


def moment(event: dict[str, Any]) -> str:
    return f"{datetime.fromtimestamp(event['timestamp'] / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
