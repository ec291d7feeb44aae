"""Who acts with the function's role: no service that its trust policy does not name.

The rules are AWS's (facts/assumed_roles.json); the emulator knows neither of them.
"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from cloud.deployment.zappa_command import RoleKeeper
from cloud.stacks.template import read_template

REGION = "eu-central-1"
FUNCTION = f"arn:aws:lambda:{REGION}:111122223333:function:garage-site-dev"
ROLE = "arn:aws:iam::111122223333:role/garage-dev-FunctionRole-1"


@pytest.fixture(name="zappa", scope="module")
def zappa_fixture() -> Any:
    """Return Zappa as a deployment has it; its clients are never asked for an answer."""
    keeper = RoleKeeper(load_credentials=False, desired_role_arn=ROLE, aws_region=REGION)
    keeper.boto_session = boto3.Session("key", "secret", region_name=REGION)
    return keeper


@pytest.fixture(name="gateway", scope="module")
def gateway_fixture(zappa: Any) -> dict[str, Any]:
    """Return the resources of the template from which Zappa creates the gateway."""
    template = zappa.create_stack_template(
        FUNCTION,
        lambda_name="garage-site-dev",
        api_key_required=False,
        iam_authorization=False,
        authorizer=None,
        endpoint_configuration=["REGIONAL"],
        apigateway_version="v1",
        stage_name="dev",
    )
    resources: dict[str, Any] = template.to_dict()["Resources"]
    return resources


def put_rule(zappa: Any) -> str:
    """Return the body of the request with which Zappa creates a scheduled rule."""
    sent: list[str] = []

    def keep(request: AWSPreparedRequest, **_event: Any) -> AWSResponse:
        sent.append(str(request.body))
        return AWSResponse(request.url, 200, HTTPHeaders(), Answer())

    client = zappa.boto_client("events")
    client.meta.events.register("before-send.events.PutRule", keep)
    client.put_rule(Name="rule", ScheduleExpression="rate(1 minute)", RoleArn=ROLE)
    return sent[0]


class Answer:
    """The body of an empty answer."""

    def stream(self) -> Iterator[bytes]:
        yield b"{}"


def trusted(role: str) -> set[str]:
    """Return the services that may assume a role of the template."""
    trust = read_template()["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]
    return {statement["Principal"]["Service"] for statement in trust["Statement"]}


def test_services_that_get_the_role_may_assume_it(zappa: Any, gateway: dict[str, Any]) -> None:
    given = {"lambda.amazonaws.com"}
    if any("Credentials" in part["Properties"].get("Integration", {}) for part in gateway.values()):
        given.add("apigateway.amazonaws.com")
    if ROLE in put_rule(zappa):
        given.add("events.amazonaws.com")
    assert given == trusted("FunctionRole")


def test_gateway_may_invoke_the_function_itself(gateway: dict[str, Any]) -> None:
    methods = [part for part in gateway.values() if part["Type"] == "AWS::ApiGateway::Method"]
    assert methods
    for method in methods:
        assert FUNCTION in method["Properties"]["Integration"]["Uri"]
    (permission,) = (p for p in gateway.values() if p["Type"] == "AWS::Lambda::Permission")
    assert permission["Properties"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": FUNCTION,
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {
            "Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"
        },
    }
