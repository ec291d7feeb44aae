"""The end of a stage: its stack, and what CloudFormation leaves behind on purpose."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cloud.account import Account
from cloud.deployment import zappa_settings
from cloud.emulator import emulator_setup
from cloud.stacks import stack
from cloud.stacks.outputs import stage_file

BATCH = 1000  # objects that S3 deletes in one call


class NotEmpty(Exception):
    """Something is still there that nobody has said to delete; `str()` names it."""


@dataclass(frozen=True)
class Holding:
    """Where people's data may be. The stack leaves most of it behind when it goes."""

    tables: list[str]
    bucket: str
    pool: str

    def data(self, account: Account) -> Iterator[str]:
        """Name what holds something, so far as one look each tells."""
        for table in self.tables:
            if account.dynamodb.scan(TableName=table, Limit=1, Select="COUNT")["Count"]:
                yield f"the table {table}"
        listed = account.s3.list_objects_v2(Bucket=self.bucket, Prefix="public/markets/", MaxKeys=1)
        if listed.get("KeyCount"):
            yield f"photos in the bucket {self.bucket}"
        if account.cognito.list_users(UserPoolId=self.pool, Limit=1)["Users"]:
            yield f"people in the user pool {self.pool}"

    def delete(self, account: Account, say: Callable[[str], None]) -> None:
        """Delete what the stack has left."""
        for table in self.tables:
            try:
                account.dynamodb.delete_table(TableName=table)
            except account.dynamodb.exceptions.ResourceNotFoundException:
                continue  # gone with the stack
            say(f"Deleting the table {table}")
        say(f"Emptying and deleting the bucket {self.bucket}")
        empty(account, self.bucket)
        account.s3.delete_bucket(Bucket=self.bucket)
        say(f"Deleting the user pool {self.pool}")
        account.cognito.delete_user_pool(UserPoolId=self.pool)


def tear_down(account: Account, stage: str, *, with_data: bool, say: Callable[[str], None]) -> None:
    """Delete a stage for good.

    Raises NotEmpty while its site is deployed, while its tables are protected, or
    while there is data and `with_data` does not say to delete it too; and NoStack.
    """
    outputs = stack.outputs(account, stage)
    holding = held(outputs)
    if is_deployed(account, stage):
        raise NotEmpty(f"The site of {stage} is deployed. `undeploy` takes it off the net first.")
    if protected := [table for table in holding.tables if is_protected(account, table)]:
        raise NotEmpty(
            "Protected against deletion: " + ", ".join(protected) + ". Nothing was changed."
        )
    if not with_data and (data := list(holding.data(account))):
        raise NotEmpty("There is data in " + ", ".join(data) + ". Nothing was changed.")
    if account.is_embedded:
        emulator_setup.forget_site(account, stage)
    empty(account, outputs["DeploymentsBucket"])
    name = stack.stack_name(stage)
    say(f"Deleting the stack {name}")
    account.cloudformation.delete_stack(StackName=name)
    account.cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1 if account.is_embedded else 10}
    )
    holding.delete(account, say)
    stage_file(stage).unlink(missing_ok=True)


def held(outputs: Mapping[str, str]) -> Holding:
    tables = [value for output, value in sorted(outputs.items()) if output.endswith("Table")]
    return Holding(tables, outputs["MediaBucket"], outputs["UserPoolId"])


def is_deployed(account: Account, stage: str) -> bool:
    functions = account.client("lambda")
    try:
        functions.get_function_configuration(FunctionName=zappa_settings.function_name(stage))
    except functions.exceptions.ResourceNotFoundException:
        return False
    return True


def is_protected(account: Account, table: str) -> bool:
    return account.dynamodb.describe_table(TableName=table)["Table"].get(
        "DeletionProtectionEnabled", False
    )


def empty(account: Account, bucket: str) -> None:
    """Delete every version of every object."""
    try:
        pages = account.s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
        for page in pages:
            every: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            doomed: list[Any] = [
                {"Key": each["Key"], "VersionId": each["VersionId"]} for each in every
            ]
            for at in range(0, len(doomed), BATCH):
                account.s3.delete_objects(
                    Bucket=bucket, Delete={"Objects": doomed[at : at + BATCH], "Quiet": True}
                )
    except ClientError as fault:
        if fault.response["Error"]["Code"] != "NoSuchBucket":
            raise
