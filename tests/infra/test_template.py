"""The template itself, without an account."""

from typing import Any

import pytest
from cfnlint.decode import decode

from cloud.management.commands.stack import POOL_TIERS
from cloud.stacks.template import TEMPLATE, read_tables
from tests.infra.policies import fact


@pytest.fixture(scope="module", name="template")
def template_fixture() -> dict[str, Any]:
    template, faults = decode(str(TEMPLATE))
    assert not faults
    return dict(template)


def tables_with(template: dict[str, Any], property_: str) -> dict[str, Any]:
    return {
        f"{name}Table": resource["Properties"][property_]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::DynamoDB::Table" and property_ in resource["Properties"]
    }


def test_read_tables_matches_template_expiry_and_recovery(template: dict[str, Any]) -> None:
    """Otherwise the embedded tables would differ from the real ones."""
    assert tables_with(template, "TimeToLiveSpecification") == {
        table.output: {"AttributeName": table.time_to_live, "Enabled": True}
        for table in read_tables()
        if table.time_to_live
    }
    recovery = tables_with(template, "PointInTimeRecoverySpecification")
    assert set(recovery) == {t.output for t in read_tables() if t.point_in_time_recovery}
    assert all(value["PointInTimeRecoveryEnabled"] is True for value in recovery.values())


def test_production_has_deletion_protection(template: dict[str, Any]) -> None:
    protected = tables_with(template, "DeletionProtectionEnabled")
    assert set(protected) == set(tables_with(template, "TableName"))
    assert all(value == {"Fn::If": ["Production", True, False]} for value in protected.values())
    pool = template["Resources"]["UserPool"]["Properties"]
    assert pool["DeletionProtection"] == {"Fn::If": ["Production", "ACTIVE", "INACTIVE"]}


def test_only_tables_and_pool_can_be_protected(template: dict[str, Any]) -> None:
    """`stack down` looks at these (cloud.stacks.teardown); another one would stop it half-way."""
    protected = {
        resource["Type"]
        for resource in template["Resources"].values()
        if any("DeletionProtection" in name for name in resource["Properties"])
    }
    assert protected == {"AWS::DynamoDB::Table", "AWS::Cognito::UserPool"}


def test_sender_is_created_by_its_owner_alone_and_outlives_the_stack(
    template: dict[str, Any],
) -> None:
    """AWS refuses to create an identity twice; with its stack it would go for all stages."""
    sender = template["Resources"]["Sender"]
    assert template["Conditions"][sender["Condition"]] == {
        "Fn::Equals": [{"Ref": "SenderOwner"}, "stage"]
    }
    assert sender["DeletionPolicy"] == "RetainExceptOnCreate"
    assert sender["UpdateReplacePolicy"] == "Retain"


def test_sign_up_mails_have_a_sender_of_the_stage(template: dict[str, Any]) -> None:
    """Cognito's own sender stops at some 50 mails a day (facts/mail.json)."""
    pool = template["Resources"]["UserPool"]["Properties"]
    condition, by_ses, by_cognito = pool["EmailConfiguration"]["Fn::If"]
    assert template["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "SignUpSender"}, ""]}]
    }
    needed = fact("mail")["needed_with_developer"]
    assert {name for name in needed if name in by_ses} == set(needed)
    assert by_ses["EmailSendingAccount"] == "DEVELOPER"
    assert by_ses["SourceArn"]["Fn::Sub"].endswith(":identity/${SignUpSender}")
    assert by_cognito == {"EmailSendingAccount": "COGNITO_DEFAULT"}


def test_template_is_within_the_limit_of_a_request() -> None:
    """`stack up` sends it as text: at most 51,200 bytes.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    assert len(TEMPLATE.read_bytes()) <= 51_200


def test_facebooks_api_and_the_price_of_users_do_not_change_by_themselves(
    template: dict[str, Any],
) -> None:
    facebook = template["Resources"]["FacebookProvider"]["Properties"]["ProviderDetails"]
    assert facebook["api_version"] == {"Ref": "FacebookApiVersion"}
    assert template["Parameters"]["FacebookApiVersion"]["Default"]
    pool = template["Resources"]["UserPool"]["Properties"]
    assert pool["UserPoolTier"] == {"Ref": "UserPoolTier"}
    assert template["Parameters"]["UserPoolTier"]["AllowedValues"] == list(POOL_TIERS)
