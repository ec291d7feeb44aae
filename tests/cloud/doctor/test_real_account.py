"""What only a real account has: AWS's answers are put in place on the wire."""

import json

import pytest

from cloud.account import Account
from cloud.doctor import alarms, credentials, limits, rights
from cloud.doctor.examination import CHECKS, run
from cloud.doctor.examined import Examined
from cloud.doctor.findings import Level, Report
from tests.cloud.doctor.answers import (
    CERTIFICATE,
    HOST,
    NOW,
    OWN,
    REGION,
    Wire,
    error,
    examined,
    found,
    identity,
    not_found,
    stack,
    xml,
)
from tests.infra.policies import DEPLOYER, all_grants, allows, policy

USER = identity(f"iam::{OWN}:user/deployer")


@pytest.fixture(autouse=True)
def _without_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")


# Key and region


def test_root_user_is_a_warning() -> None:
    wire = Wire({"GetCallerIdentity": identity(f"iam::{OWN}:root")})
    assert found(credentials.find(examined(wire))) == [(Level.WARNING, "root-user")]
    assert found(rights.find_of_deployer(examined(wire))) == [(Level.UNKNOWN, "rights-of-root")]


def test_refused_key_is_a_fault() -> None:
    wire = Wire({"GetCallerIdentity": error(403, "InvalidClientTokenId")})
    assert found(credentials.find(examined(wire))) == [(Level.FAULT, "no-credentials")]


def test_missing_region_and_profile_are_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    assert found(credentials.find(Examined(Account(), "dev", NOW))) == [(Level.FAULT, "no-region")]
    monkeypatch.setenv("AWS_PROFILE", "unknown")
    assert found(credentials.find(Examined(Account(region=REGION), "dev", NOW))) == [
        (Level.FAULT, "no-credentials")
    ]


# Rights


def simulated(decision: str) -> tuple[int, str]:
    return xml(
        "SimulatePrincipalPolicy",
        "<IsTruncated>false</IsTruncated><EvaluationResults><member>"
        "<EvalActionName>some:Action</EvalActionName>"
        f"<EvalDecision>{decision}</EvalDecision></member></EvaluationResults>",
    )


def test_rights_are_simulated_for_the_user_with_the_keys_of_conditions() -> None:
    wire = Wire({"GetCallerIdentity": USER, "SimulatePrincipalPolicy": simulated("allowed")})
    assert found(rights.find_of_deployer(examined(wire))) == []
    asked = [each for each in wire.asked if "SimulatePrincipalPolicy" in each]
    assert all(f"PolicySourceArn=arn:aws:iam::{OWN}:user/deployer&" in each for each in asked)
    (passing,) = [each for each in asked if "iam:PassRole" in each]
    assert f"ResourceArns.member.1=arn:aws:iam::{OWN}:role/garage-dev" in passing
    assert "ContextKeyName=iam:PassedToService" in passing
    assert "ContextKeyValues.member.1=lambda.amazonaws.com" in passing
    (creating,) = [each for each in asked if "iam:CreateRole&" in each]
    assert f"ContextKeyValues.member.1=arn:aws:iam::{OWN}:policy/garage-boundary" in creating
    assert not [each for each in asked if ":*" in each.partition("ActionNames")[2]]


@pytest.mark.parametrize("decision", ["implicitDeny", "explicitDeny"])
def test_denied_rights_are_a_fault(decision: str) -> None:
    wire = Wire(
        {
            "GetCallerIdentity": identity(f"sts::{OWN}:assumed-role/Deployers/maria"),
            "Action=GetRole": xml(
                "GetRole",
                "<Role><Path>/a/</Path><RoleName>Deployers</RoleName><RoleId>R</RoleId>"
                f"<Arn>arn:aws:iam::{OWN}:role/a/Deployers</Arn>"
                "<CreateDate>2026-11-01T08:00:00Z</CreateDate></Role>",
            ),
            "SimulatePrincipalPolicy": simulated(decision),
        }
    )
    (finding,) = rights.find_of_deployer(examined(wire))
    assert (finding.level, finding.name) == (Level.FAULT, "missing-rights")
    assert finding.what.startswith(f"arn:aws:iam::{OWN}:role/a/Deployers may not: some:Action on")
    assert " more." in finding.what


def test_missing_boundary_is_a_fault() -> None:
    wire = Wire({"GetCallerIdentity": USER, "Action=GetPolicy&": error(404, "NoSuchEntity")})
    assert found(rights.find_of_boundary(examined(wire))) == [(Level.FAULT, "boundary-missing")]


@pytest.mark.parametrize(
    ("document", "expected"),
    [(policy("boundary"), []), (policy("operator"), [(Level.WARNING, "boundary-differs")])],
    ids=["same", "another"],
)
def test_boundary_is_compared_with_its_document(
    document: dict[str, object], expected: list[tuple[Level, str]]
) -> None:
    wire = Wire(
        {
            "GetCallerIdentity": USER,
            "Action=GetPolicy&": xml(
                "GetPolicy", "<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>"
            ),
            "VersionId=v3": xml(
                "GetPolicyVersion",
                f"<PolicyVersion><Document>{json.dumps(document)}</Document></PolicyVersion>",
            ),
        }
    )
    assert found(rights.find_of_boundary(examined(wire))) == expected


# Limits


@pytest.mark.parametrize(
    ("functions", "expected"), [(10, [(Level.WARNING, "low-concurrency")]), (1000, [])]
)
def test_low_concurrency_is_a_warning(functions: int, expected: list[tuple[Level, str]]) -> None:
    answer = json.dumps({"AccountLimit": {"ConcurrentExecutions": functions}})
    wire = Wire({"/account-settings": (200, answer)})
    assert found(limits.find_concurrency(examined(wire))) == expected


def test_blocked_public_access_is_a_fault() -> None:
    root = "PublicAccessBlockConfiguration"
    answer = f"<{root}><BlockPublicPolicy>true</BlockPublicPolicy></{root}>"
    wire = Wire({"GetCallerIdentity": USER, "/publicAccessBlock": (200, answer)})
    (finding,) = limits.find_public_access(examined(wire))
    assert (finding.level, finding.name) == (Level.FAULT, "public-access-blocked")
    assert "(BlockPublicPolicy)" in finding.what


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ({"SendingEnabled": False}, [(Level.FAULT, "mail-paused")]),
        (
            {"SendingEnabled": True, "SendQuota": {"Max24HourSend": 200, "SentLast24Hours": 160}},
            [(Level.WARNING, "mail-quota")],
        ),
        ({"SendQuota": {"Max24HourSend": -1, "SentLast24Hours": 160}}, []),
    ],
    ids=["paused", "used up", "without a quota"],
)
def test_limits_of_ses_are_found(
    account: dict[str, object], expected: list[tuple[Level, str]]
) -> None:
    answer = json.dumps({"ProductionAccessEnabled": True, **account})
    assert found(limits.find_sending(examined(Wire({"/v2/email/account": (200, answer)})))) == (
        expected
    )


@pytest.mark.parametrize(
    ("identity_answer", "sign_up", "expected"),
    [
        (not_found("NotFoundException"), "", ["sender-unconfirmed", "codes-by-cognito"]),
        (
            not_found("NotFoundException"),
            "garage@example.org",
            ["sender-unconfirmed", "codes-sender"],
        ),
        ((200, '{"VerifiedForSendingStatus": true}'), "", ["codes-sender"]),
        ((200, '{"VerifiedForSendingStatus": true}'), "garage@example.org", []),
    ],
)
def test_senders_of_mails_and_codes_are_found(
    identity_answer: tuple[int, str], sign_up: str, expected: list[str]
) -> None:
    parameters = {"MailFrom": "garage@example.org", "SignUpSender": sign_up}
    wire = Wire(
        {
            "DescribeStacks": stack({}, parameters),
            "/v2/email/identities/": identity_answer,
            "/v2/email/account": (200, '{"ProductionAccessEnabled": true}'),
        }
    )
    assert [name for _level, name in found(limits.find_sender(examined(wire)))] == expected


# Alarms


def test_unconfirmed_subscription_is_a_fault() -> None:
    subscription = (
        "<member><Endpoint>ops@example.org</Endpoint><Protocol>email</Protocol>"
        "<SubscriptionArn>PendingConfirmation</SubscriptionArn></member>"
    )
    wire = Wire(
        {
            "GetCallerIdentity": USER,
            "DescribeStacks": stack({"A": "b"}, {"AlarmMail": "ops@example.org"}),
            "ListSubscriptionsByTopic": xml(
                "ListSubscriptionsByTopic", f"<Subscriptions>{subscription}</Subscriptions>"
            ),
        }
    )
    assert found(alarms.find_in_subscriptions(examined(wire))) == [
        (Level.FAULT, "subscription-unconfirmed")
    ]
    assert f"TopicArn=arn:aws:sns:{REGION}:{OWN}:garage-dev-alarms" in wire.asked[-1]


def test_stage_without_address_for_alarms_is_a_warning() -> None:
    wire = Wire({"DescribeStacks": stack({"A": "b"}, {"AlarmMail": ""})})
    assert found(alarms.find_in_subscriptions(examined(wire))) == [
        (Level.WARNING, "alarms-unaddressed")
    ]


# What AWS refuses


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (error(403, "AccessDenied"), "The key may not ask: GetPolicy."),
        (error(400, "Throttled"), "AWS did not answer: An error occurred (Throttled)"),
    ],
)
def test_refused_question_is_unknown_and_ends_no_examination(
    answer: tuple[int, str], what: str
) -> None:
    wire = Wire({"GetCallerIdentity": USER, "Action=GetPolicy&": answer})
    report = Report()
    (check,) = [each for each in CHECKS if each.name == "boundary"]
    run(check, examined(wire), report)
    (finding,) = report.findings
    assert (finding.level, finding.name) == (Level.UNKNOWN, "boundary-unanswered")
    assert finding.what.startswith(what)
    assert report.fine == []


def test_documented_key_may_ask_what_only_a_real_account_answers() -> None:
    granted = all_grants(*DEPLOYER, "doctor")
    place = f"{REGION}:{OWN}"
    needed = [
        ("acm:DescribeCertificate", CERTIFICATE),
        ("apigateway:GET", f"arn:aws:apigateway:{REGION}::/domainnames/{HOST}"),
        ("iam:GetPolicy", f"arn:aws:iam::{OWN}:policy/garage-boundary"),
        ("iam:GetPolicyVersion", f"arn:aws:iam::{OWN}:policy/garage-boundary"),
        ("iam:GetRole", f"arn:aws:iam::{OWN}:role/a/Deployers"),
        ("iam:SimulatePrincipalPolicy", f"arn:aws:iam::{OWN}:user/deployer"),
        ("lambda:GetAccountSettings", "*"),
        ("s3:GetAccountPublicAccessBlock", "*"),
        ("sns:ListSubscriptionsByTopic", f"arn:aws:sns:{place}:garage-dev-alarms"),
    ]
    assert [call for call in needed if not allows(granted, call)] == []
