"""The stage's stack: names that are taken before it exists, and its drift afterwards."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from cloud.doctor.examined import Examined
from cloud.doctor.findings import Finding, fault, unknown, warning
from cloud.stacks import stack
from cloud.stacks.template import TEMPLATE

NOT_FOUND = {"404", "NotFound", "NotFoundException", "ResourceNotFoundException"}


def find_taken_names(examined: Examined) -> Iterator[Finding]:
    """Yield the names that the stack is to create, and that exist without it."""
    if taken := sorted(iter_taken(examined)):
        yield fault(
            "name-taken",
            f"There is no stack yet, but there is {', '.join(taken)}.",
            why="CloudFormation creates nothing that exists: `stack up` would fail and roll back.",
            remedy="If a stage that was deleted left them, keep what you need, and delete or"
            " rename them; else choose another name for the stage.",
        )


def iter_taken(examined: Examined) -> Iterator[str]:
    prefix = stack.stack_name(examined.stage)
    tables = examined.client("dynamodb").get_paginator("list_tables").paginate()
    existing = {name for page in tables for name in page["TableNames"]}
    for resource in examined.template["Resources"].values():
        name = named(resource["Properties"], examined)
        match resource["Type"]:
            case "AWS::DynamoDB::Table" if name in existing:
                yield f"a table {name}"
            case "AWS::S3::Bucket" if exists("s3", "head_bucket", examined, Bucket=name):
                yield f"a bucket {name}"
    log = f"/aws/lambda/{examined.function_name}"
    groups = examined.client("logs").describe_log_groups(logGroupNamePrefix=log)["logGroups"]
    if any(each["logGroupName"] == log for each in groups):
        yield f"a log {log}"
    topic = examined.arn("sns", f"{prefix}-alarms")
    if exists("sns", "get_topic_attributes", examined, TopicArn=topic):
        yield f"a topic {prefix}-alarms"
    alarms = examined.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{prefix}-")
    yield from (f"an alarm {each['AlarmName']}" for each in alarms["MetricAlarms"])
    domain = f"{prefix}-{examined.own}"
    found = examined.client("cognito-idp").describe_user_pool_domain(Domain=domain)
    if found["DomainDescription"]:
        yield f"a domain of sign-in {domain}"


def named(properties: dict[str, Any], examined: Examined) -> str:
    """Return the name that the template gives a table or a bucket, empty for another resource."""
    name = properties.get("TableName") or properties.get("BucketName") or {"!Sub": ""}
    text: str = name["!Sub"]
    return text.replace("${Stage}", examined.stage).replace("${AWS::AccountId}", examined.own)


def exists(service: str, operation: str, examined: Examined, **arguments: str) -> bool:
    """Whether AWS has a resource; one of another account, which it refuses to show, counts too."""
    try:
        getattr(examined.client(service), operation)(**arguments)
    except ClientError as refusal:
        code = refusal.response["Error"]["Code"]
        if code in NOT_FOUND:
            return False
        if code != "403":
            raise
    return True


def find_status(examined: Examined) -> Iterator[Finding]:
    """Yield whether the stack is missing, failed, or in the middle of a change."""
    name = stack.stack_name(examined.stage)
    if examined.stack is None:
        yield unknown(
            "no-stack",
            f"There is no stack {name} yet.",
            why="Tables, role, secret, alarms and sender could not be asked about.",
            remedy="Run `stack up`, then this again.",
        )
        return
    status = examined.stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        yield unknown(
            "stack-changing",
            f"The stack {name} is {status}.",
            why="What is found now may be different in a minute.",
            remedy="Wait until `stack status` shows its end, then run this again.",
        )
    elif status == "UPDATE_ROLLBACK_COMPLETE":
        yield warning(
            "stack-rolled-back",
            f"The last update of {name} failed, and was undone.",
            why="The stage runs with the settings that it had before.",
            remedy="Read the stack's events in CloudFormation, then run `stack up` again.",
        )
    elif status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        yield fault(
            "stack-failed",
            f"The stack {name} is {status}.",
            why="Resources of the stage are missing, and `stack up` cannot change it.",
            remedy="Read the stack's events in CloudFormation. If its creation failed, delete the"
            " stack there and run `stack up`.",
        )


def find_drift(examined: Examined) -> Iterator[Finding]:
    """Yield whether the stack has another template, and what CloudFormation knows of drift."""
    if examined.stack is None:
        return
    name = stack.stack_name(examined.stage)
    found = examined.account.cloudformation.get_template(StackName=name)["TemplateBody"]
    if str(found).strip() != TEMPLATE.read_text().strip():
        yield warning(
            "template-differs",
            f"The stack {name} has another template than infra/stack.yaml here.",
            why="A version of the site may need tables, indexes or permissions that the stack"
            " does not have.",
            remedy="Run `stack up` from the version that is deployed; it shows each change first.",
        )
    drift = examined.stack.get("DriftInformation", {}).get("StackDriftStatus")
    if drift == "DRIFTED":
        yield warning(
            "stack-drifted",
            f"CloudFormation found that resources of {name} were changed by hand.",
            why="`stack up` may undo these changes, or fail because of them.",
            remedy="See “Drift” of the stack in CloudFormation, and undo each change.",
        )


def find_missing(examined: Examined) -> Iterator[Finding]:
    """Yield the buckets and the user pool of the stack that do not exist any more."""
    if examined.outputs is None:
        return
    names = examined.outputs.stack
    gone = [
        f"the bucket {names[output]}"
        for output in ("MediaBucket", "DeploymentsBucket")
        if not exists("s3", "head_bucket", examined, Bucket=names[output])
    ]
    pool = names["UserPoolId"]
    if not exists("cognito-idp", "describe_user_pool", examined, UserPoolId=pool):
        gone.append(f"the user pool {pool}")
    if gone:
        yield fault(
            "resource-missing",
            f"Deleted outside of the stack: {', '.join(gone)}.",
            why="Photos, static files or all people's accounts are gone; sign-in or pages fail.",
            remedy="CloudFormation does not create them again by itself. Restore a backup if there"
            " is one; else take the site offline, delete the stack and create it anew.",
        )
