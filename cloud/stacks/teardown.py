"""Deleting a stage: its stack, and the data that CloudFormation retains on purpose."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cloud.account import Account
from cloud.deployment import zappa_settings
from cloud.emulator import emulator_setup
from cloud.stacks import senders, stack
from cloud.stacks.outputs import StageOutputs, stage_file

BATCH = 1000  # objects that S3 deletes in one call


class NotEmpty(Exception):
    """The stage still has data or a deployed site; `str()` names what."""


@dataclass(frozen=True)
class StageData:
    """The resources that hold people's data. Deleting the stack leaves most of them."""

    tables: list[str]
    bucket: str
    pool: str

    def iter_used(self, account: Account) -> Iterator[str]:
        """Name each resource that has data in it; asks each once."""
        for table in self.tables:
            if account.dynamodb.scan(TableName=table, Limit=1, Select="COUNT")["Count"]:
                yield f"the table {table}"
        listed = account.s3.list_objects_v2(Bucket=self.bucket, Prefix="public/markets/", MaxKeys=1)
        if listed.get("KeyCount"):
            yield f"photos in the bucket {self.bucket}"
        if account.cognito.list_users(UserPoolId=self.pool, Limit=1)["Users"]:
            yield f"users in the user pool {self.pool}"

    def delete(self, account: Account, report: Callable[[str], None]) -> None:
        """Delete what is left after the stack."""
        for table in self.tables:
            try:
                account.dynamodb.delete_table(TableName=table)
            except account.dynamodb.exceptions.ResourceNotFoundException:
                continue  # deleted with the stack
            report(f"Deleting the table {table}")
        report(f"Emptying and deleting the bucket {self.bucket}")
        empty(account, self.bucket)
        account.s3.delete_bucket(Bucket=self.bucket)
        report(f"Deleting the user pool {self.pool}")
        account.cognito.delete_user_pool(UserPoolId=self.pool)


def tear_down(
    account: Account, stage: str, *, with_data: bool, report: Callable[[str], None]
) -> None:
    """Delete a stage for good; `report` gets each step as a line of text.

    Raises NoStack, and NotEmpty while its site is deployed, while any part of it is
    protected, or while there is data and `with_data` is false. All of this is checked
    before anything is deleted.
    """
    outputs = StageOutputs(account, stage, stack.outputs(account, stage))
    data = stage_data(outputs)
    if is_deployed(account, stage):
        raise NotEmpty(f"The site of {stage} is deployed. Run `undeploy` first.")
    if protected := list(iter_protected(account, stage, data)):
        raise NotEmpty(
            "Protected against deletion: " + ", ".join(protected) + ". Nothing was changed."
        )
    if not with_data and (used := list(data.iter_used(account))):
        raise NotEmpty("There is data in " + ", ".join(used) + ". Nothing was changed.")
    if account.is_embedded:
        emulator_setup.delete_site_user(account, stage)
    empty(account, outputs.stack["DeploymentsBucket"])
    name = stack.stack_name(stage)
    sender = senders.owned_by(account, name)
    report(f"Deleting the stack {name}")
    account.cloudformation.delete_stack(StackName=name)
    account.cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1 if account.is_embedded else 10}
    )
    data.delete(account, report)
    if sender:
        senders.delete_unused(account, sender, report)
    stage_file(stage).unlink(missing_ok=True)


def stage_data(outputs: StageOutputs) -> StageData:
    tables = list(outputs.tables.values())
    return StageData(tables, outputs.stack["MediaBucket"], outputs.stack["UserPoolId"])


def is_deployed(account: Account, stage: str) -> bool:
    functions = account.client("lambda")
    try:
        functions.get_function_configuration(FunctionName=zappa_settings.function_name(stage))
    except functions.exceptions.ResourceNotFoundException:
        return False
    return True


def iter_protected(account: Account, stage: str, data: StageData) -> Iterator[str]:
    """Name everything that AWS would refuse to delete: each would stop the teardown half-way."""
    described = stack.describe(account, stage)
    if described.get("EnableTerminationProtection"):
        yield f"the stack {described['StackName']}"
    for table in data.tables:
        if account.dynamodb.describe_table(TableName=table)["Table"].get(
            "DeletionProtectionEnabled"
        ):
            yield f"the table {table}"
    pool = account.cognito.describe_user_pool(UserPoolId=data.pool)["UserPool"]
    if pool.get("DeletionProtection") == "ACTIVE":
        yield f"the user pool {data.pool}"


def empty(account: Account, bucket: str) -> None:
    """Delete every version of every object."""
    try:
        pages = account.s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
        for page in pages:
            versions: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects: list[Any] = [
                {"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions
            ]
            for start in range(0, len(objects), BATCH):
                account.s3.delete_objects(
                    Bucket=bucket, Delete={"Objects": objects[start : start + BATCH], "Quiet": True}
                )
    except ClientError as fault:
        if fault.response["Error"]["Code"] != "NoSuchBucket":
            raise
