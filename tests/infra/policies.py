"""The policies of infra/, and the facts about AWS that they are compared with."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from core.environment import ROOT
from tests.infra.grants import Grant, covers, grants

INFRA = ROOT / "infra"
FACTS = Path(__file__).with_name("facts")

LARGEST_POLICY = 6144
"""Characters that IAM takes in a managed policy, white space not counted."""

DEPLOYER = ("deployer-stack", "deployer-roles", "deployer-site")
"""The documents that a deployer has, all together."""
POLICIES = sorted(path.stem for path in INFRA.glob("*.json"))

PLACE = "eu-central-1:111122223333"
EXAMPLES = {
    "apigateway": {"Tags": "arn:aws:apigateway:eu-central-1::/tags/arn%3Aaws%3Aapigateway"},
    "billing": {"billingview": "arn:aws:billing::111122223333:billingview/primary"},
    "budgets": {"budget": "arn:aws:budgets::111122223333:budget/garage-dev"},
    "cloudformation": {"stack": f"arn:aws:cloudformation:{PLACE}:stack/garage-dev/1"},
    "cloudwatch": {
        "alarm": f"arn:aws:cloudwatch:{PLACE}:alarm:garage-dev-errors",
        "dashboard": "arn:aws:cloudwatch::111122223333:dashboard/garage-dev",
    },
    "cognito-idp": {"userpool": f"arn:aws:cognito-idp:{PLACE}:userpool/eu-central-1_1"},
    "dynamodb": {"table": f"arn:aws:dynamodb:{PLACE}:table/garage-dev-markets"},
    "events": {"rule-on-default-event-bus": f"arn:aws:events:{PLACE}:rule/garage-site-dev-1"},
    "iam": {
        "policy": "arn:aws:iam::111122223333:policy/garage-dev-AppPolicy-1",
        "role": "arn:aws:iam::111122223333:role/garage-dev-FunctionRole-1",
    },
    "lambda": {"function": f"arn:aws:lambda:{PLACE}:function:garage-site-dev"},
    "logs": {"log-group": f"arn:aws:logs:{PLACE}:log-group:/aws/lambda/garage-site-dev"},
    "s3": {
        "bucket": "arn:aws:s3:::garage-dev-media-111122223333",
        "object": "arn:aws:s3:::garage-dev-media-111122223333/public/markets/1.webp",
    },
    "secretsmanager": {"Secret": f"arn:aws:secretsmanager:{PLACE}:secret:Secrets-1"},
    "ses": {"identity": f"arn:aws:ses:{PLACE}:identity/garage@example.org"},
    "sns": {"topic": f"arn:aws:sns:{PLACE}:garage-dev-alarms"},
}
"""A resource of ours for each type of the Service Authorization Reference."""


@cache
def policy(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((INFRA / f"{name}.json").read_text())
    return document


@cache
def fact(name: str) -> Any:
    return json.loads((FACTS / f"{name}.json").read_text())


def size(document: dict[str, Any]) -> int:
    return len("".join(json.dumps(document).split()))


def all_grants(*names: str) -> list[Grant]:
    return [grant for name in names for grant in grants(policy(name))]


def types_of(action: str) -> list[str] | None:
    """Return the types of resources of an action; None if AWS lists no such action."""
    service, _, name = action.partition(":")
    types: list[str] | None = fact("actions")["services"][service]["actions"].get(name)
    return types


def calls(action: str) -> list[Grant]:
    """Return the action on a resource of ours, of each type that it can be granted on."""
    service = action.partition(":")[0]
    if service == "apigateway":
        return [(action, f"arn:aws:apigateway:eu-central-1::{path}") for path in GATEWAY]
    if action == "iam:CreateServiceLinkedRole":
        return [(action, fact("mail")["service_linked_role"])]
    types = types_of(action)
    if not types:
        return [(action, "*")]
    examples = EXAMPLES.get(service, {})
    return [(action, examples[each]) for each in types if each in examples]


GATEWAY = ("/restapis/1", "/restapis/1/resources/2/methods/ANY", "/tags/arn%3Aaws%3Aapigateway")
"""Paths that CloudFormation asks for when it makes Zappa's gateway."""


def allows(granted: list[Grant], call: Grant) -> bool:
    return any(covers(grant, call) for grant in granted)
