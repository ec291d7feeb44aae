"""The policies of deployers, compared with what AWS documents.

The emulator asks for other permissions than AWS does. What CloudFormation needs for
each type of resource is in facts/handlers.json, what actions can be granted on in
facts/actions.json; both name their sources.
"""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import zappa.core

from cloud.stacks.template import read_template
from tests.infra.grants import grants
from tests.infra.policies import (
    DEPLOYER,
    LARGEST_POLICY,
    POLICIES,
    all_grants,
    allows,
    calls,
    fact,
    policy,
    size,
    types_of,
)

RESOURCES = read_template()["Resources"]
ZAPPA = ("ApiGateway::Method", "ApiGateway::Resource", "ApiGateway::RestApi", "Lambda::Permission")
TYPES = sorted({part["Type"] for part in RESOURCES.values()} | {f"AWS::{each}" for each in ZAPPA})

ONLY_WITH = {
    "AWS::ApiGateway::RestApi": {
        "BodyS3Location": ["s3:GetObject"],
        "Policy": ["apigateway:UpdateRestApiPolicy"],
    },
    "AWS::Cognito::UserPool": {
        "EmailConfiguration": ["iam:CreateServiceLinkedRole"],
        "LambdaConfig": ["kms:*"],
        "SmsConfiguration": ["iam:PassRole"],
    },
    "AWS::Cognito::UserPoolClient": {
        "AnalyticsConfiguration": ["iam:*"],
    },
    "AWS::Cognito::UserPoolDomain": {"CustomDomainConfig": ["kms:*"]},
    "AWS::DynamoDB::Table": {
        "ContributorInsightsSpecification": ["dynamodb:UpdateContributorInsights"],
        "ImportSourceSpecification": [
            "dynamodb:DescribeImport",
            "dynamodb:ImportTable",
            "logs:*",
            "s3:*",
        ],
        "KinesisStreamSpecification": [
            "dynamodb:DisableKinesisStreamingDestination",
            "dynamodb:EnableKinesisStreamingDestination",
            "dynamodb:UpdateKinesisStreamingDestination",
            "kinesis:*",
        ],
        # A table of this type cannot have replicas at all; the schema is shared with
        # global tables.
        "Replicas": [
            "dynamodb:AssociateTableReplica",
            "dynamodb:BatchWriteItem",
            "dynamodb:CreateTableReplica",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "iam:CreateServiceLinkedRole",
        ],
        "ResourcePolicy": ["dynamodb:DeleteResourcePolicy", "dynamodb:PutResourcePolicy"],
        "SSESpecification": ["kms:*"],
    },
    "AWS::IAM::ManagedPolicy": {
        "Groups": ["iam:AttachGroupPolicy", "iam:DetachGroupPolicy"],
        "Users": ["iam:AttachUserPolicy", "iam:DetachUserPolicy"],
    },
    "AWS::Logs::LogGroup": {
        "BearerTokenAuthenticationEnabled": ["logs:PutBearerTokenAuthentication"],
        "DataProtectionPolicy": [
            "firehose:TagDeliveryStream",
            "logs:CreateLogDelivery",
            "logs:DeleteDataProtectionPolicy",
            "logs:PutDataProtectionPolicy",
        ],
        "DeletionProtectionEnabled": ["logs:PutLogGroupDeletionProtection"],
        "FieldIndexPolicies": ["logs:DeleteIndexPolicy", "logs:PutIndexPolicy"],
        "KmsKeyId": ["logs:AssociateKmsKey", "logs:DisassociateKmsKey"],
        "ResourcePolicyDocument": ["logs:DeleteResourcePolicy", "logs:PutResourcePolicy"],
    },
    "AWS::S3::Bucket": {
        "AbacStatus": ["s3:PutBucketAbac"],
        "AccelerateConfiguration": ["s3:PutAccelerateConfiguration"],
        "AccessControl": ["s3:PutBucketAcl", "s3:PutObjectAcl"],
        "AnalyticsConfigurations": ["s3:PutAnalyticsConfiguration"],
        "IntelligentTieringConfigurations": ["s3:PutIntelligentTieringConfiguration"],
        "InventoryConfigurations": ["s3:PutInventoryConfiguration"],
        "LoggingConfiguration": ["s3:PutBucketLogging"],
        "MetadataConfiguration": ["s3:*BucketMetadata*", "s3tables:*"],
        "MetricsConfigurations": ["s3:PutMetricsConfiguration"],
        "NotificationConfiguration": ["s3:PutBucketNotification"],
        "ObjectLockEnabled": ["s3:PutBucketObjectLockConfiguration"],
        "ReplicationConfiguration": ["s3:PutReplicationConfiguration", "iam:PassRole"],
        "WebsiteConfiguration": ["s3:PutBucketWebsite", "s3:DeleteBucketWebsite"],
    },
    "AWS::SNS::Topic": {"DataProtectionPolicy": ["sns:PutDataProtectionPolicy"]},
    "AWS::SecretsManager::Secret": {
        "ReplicaRegions": ["secretsmanager:*Region*"],
    },
}
"""Permissions that CloudFormation asks for only if a resource has the property.

The schemas do not say this; the names of the actions do. As soon as the template uses
the property, the deployer needs the permissions.
"""

NEVER = {"iam:DeleteRolePermissionsBoundary"}
"""Whoever may remove a role's boundary is not bound by it."""

OPERATIONS = {
    "events": "delete_rule describe_rule list_rule_names_by_target list_targets_by_rule put_rule"
    " put_targets remove_targets",
    "lambda": "add_permission create_alias create_function delete_function"
    " delete_function_concurrency get_alias get_function get_function_configuration get_policy"
    " invoke list_function_url_configs list_versions_by_function publish_version remove_permission"
    " update_alias update_function_code update_function_configuration",
    "logs": "describe_log_streams filter_log_events",
}
"""What Zappa calls itself when it deploys, updates, undeploys, invokes and reads the log."""
INVOKE = {"lambda:Invoke": "lambda:InvokeFunction"}
"""Actions that are not called as their operations are."""


def needed(kind: str) -> set[str]:
    """Return the actions that the resources of a type need, in all their life."""
    facts = fact("handlers")
    named = {action for actions in facts["types"][kind].values() for action in actions}
    unused = [
        pattern
        for property_, patterns in ONLY_WITH.get(kind, {}).items()
        if not any(property_ in properties for properties in properties_of(kind))
        for pattern in patterns
    ]
    return {
        action
        for action in named - set(facts["no_actions"]) - NEVER
        if not any(fnmatchcase(action, pattern) for pattern in unused)
    }


def properties_of(kind: str) -> list[dict[str, Any]]:
    return [part["Properties"] for part in RESOURCES.values() if part["Type"] == kind]


@pytest.mark.parametrize("kind", TYPES)
def test_deployer_may_do_what_cloudformation_needs(kind: str) -> None:
    granted = all_grants(*DEPLOYER)
    asked = sorted(call for action in needed(kind) for call in calls(action))
    assert [call for call in asked if not allows(granted, call)] == []


def test_deployer_may_do_what_zappa_calls() -> None:
    source = Path(zappa.core.__file__).read_text()
    granted = all_grants(*DEPLOYER)
    for service, operations in OPERATIONS.items():
        for operation in operations.split():
            assert f"{service}_client.{operation}(" in source, operation
            name = "".join(part.capitalize() for part in operation.split("_"))
            action = INVOKE.get(f"{service}:{name}", f"{service}:{name}")
            assert all(allows(granted, call) for call in calls(action)), action


@pytest.mark.parametrize("name", POLICIES)
def test_policies_are_within_iam_size_limit(name: str) -> None:
    assert size(policy(name)) <= LARGEST_POLICY


@pytest.mark.parametrize("name", POLICIES)
def test_actions_are_granted_on_resources_that_they_have(name: str) -> None:
    """Granted on a name, an action without resources, such as sns:Unsubscribe, is not granted."""
    for action, resource in grants(policy(name)):
        if "*" not in action and resource != "*":
            assert types_of(action), action
