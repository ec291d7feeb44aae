"""A stage under examination: what several checks need of it, asked once."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cloud.account import Account
from cloud.deployment import zappa_settings
from cloud.stacks import senders, stack
from cloud.stacks.outputs import StageOutputs
from cloud.stacks.stack import NoStack
from cloud.stacks.template import read_template

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

PRODUCTION = "production"
"""The stage that the template protects against deletion."""


@dataclass(frozen=True)
class Examined:
    """A stage of an account, at the time `now`. Its properties raise ClientError."""

    account: Account
    stage: str
    now: datetime
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return the client of a service, always the same: each new one costs time."""
        if service not in self.clients:
            self.clients[service] = self.account.client(service)
        return self.clients[service]

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Who asks: STS's answer, with its headers."""
        found: dict[str, Any] = self.client("sts").get_caller_identity()
        return found

    @cached_property
    def template(self) -> dict[str, Any]:
        """The template of all stages, which takes time to read."""
        return read_template()

    @property
    def own(self) -> str:
        """The number of the account."""
        return str(self.identity["Account"])

    @cached_property
    def stack(self) -> "StackTypeDef | None":
        """The stage's stack, None before its creation."""
        try:
            found = stack.describe(self.account, self.stage)
        except NoStack:
            return None
        # A change set was created, and never executed.
        return None if found["StackStatus"] == "REVIEW_IN_PROGRESS" else found

    @cached_property
    def outputs(self) -> StageOutputs | None:
        """The outputs of the stack, None while it has none."""
        listed = self.stack.get("Outputs", []) if self.stack else []
        found = {each["OutputKey"]: each["OutputValue"] for each in listed}
        return StageOutputs(self.account, self.stage, found) if found else None

    def parameter(self, name: str) -> str:
        """Return a parameter of the stack, empty if it has none of this name."""
        return (senders.parameter(self.stack, name) if self.stack else None) or ""

    @cached_property
    def resources(self) -> dict[str, str]:
        """The physical name of each resource of the stack, by its name in the template."""
        pages = self.account.cloudformation.get_paginator("list_stack_resources").paginate(
            StackName=stack.stack_name(self.stage)
        )
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for page in pages
            for each in page["StackResourceSummaries"]
            if "PhysicalResourceId" in each
        }

    @property
    def function_name(self) -> str:
        return zappa_settings.function_name(self.stage)

    @cached_property
    def function(self) -> dict[str, Any] | None:
        """The configuration of the stage's function, None before its deployment."""
        functions = self.client("lambda")
        try:
            found: dict[str, Any] = functions.get_function_configuration(
                FunctionName=self.function_name
            )
        except functions.exceptions.ResourceNotFoundException:
            return None
        return found

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in the account and the region of the stage."""
        return f"arn:aws:{service}:{self.account.region_name}:{self.own}:{resource}"
