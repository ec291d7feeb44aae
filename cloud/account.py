"""An AWS account, embedded or real, and its clients."""

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_s3 import S3Client

EMBEDDED_REGION = "eu-central-1"


@dataclass(frozen=True)
class AccessKey:
    id: str
    secret: str

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables in which every AWS library looks for the key."""
        return {"AWS_ACCESS_KEY_ID": self.id, "AWS_SECRET_ACCESS_KEY": self.secret}


@dataclass(frozen=True)
class Account:
    """An AWS account: endpoint, region and key.

    Without an endpoint it is a real account. Region and key that are None come from
    the operator's environment and profile.
    """

    endpoint: str | None = None
    region: str | None = None
    key: AccessKey | None = None

    @property
    def is_embedded(self) -> bool:
        return self.endpoint is not None

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables for this key; empty for the operator's own."""
        return self.key.variables if self.key else {}

    def using(self, key: AccessKey) -> "Account":
        """Return the same account with another key."""
        return Account(self.endpoint, self.region, key)

    @cached_property
    def session(self) -> boto3.Session:
        """The session of all clients; raises LookupError if no region is set."""
        key_id, secret = (self.key.id, self.key.secret) if self.key else (None, None)
        session = boto3.Session(key_id, secret, region_name=self.region)
        if not session.region_name:
            raise LookupError("No region is set: set AWS_REGION, or a region in the AWS profile.")
        return session

    @property
    def region_name(self) -> str:
        """The region in use; raises LookupError if none is set."""
        return str(self.session.region_name)

    def client(self, service: str) -> Any:
        """Return a client of any other service."""
        session: Any = self.session  # its types list each service by a literal name
        return session.client(service, endpoint_url=self.endpoint)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        return self.session.client("cloudformation", endpoint_url=self.endpoint)

    @cached_property
    def cognito(self) -> "CognitoIdentityProviderClient":
        return self.session.client("cognito-idp", endpoint_url=self.endpoint)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return self.session.client("dynamodb", endpoint_url=self.endpoint)

    @cached_property
    def iam(self) -> "IAMClient":
        return self.session.client("iam", endpoint_url=self.endpoint)

    @cached_property
    def s3(self) -> "S3Client":
        return self.session.client("s3", endpoint_url=self.endpoint)


def operators_account() -> Account:
    """Return the account of the operator's environment, embedded or real."""
    return Account(os.environ.get("AWS_ENDPOINT_URL"), os.environ.get("AWS_REGION"))
