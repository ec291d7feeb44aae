"""Permissions as IAM's simulation is asked for them: actions on one resource."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cloud.doctor.examined import Examined
from core.environment import ROOT

SAMPLES = {
    "cognito-idp:*": ["cognito-idp:CreateUserPoolClient", "cognito-idp:UpdateUserPool"],
    "s3:Get*Configuration": ["s3:GetLifecycleConfiguration"],
    "s3:GetBucket*": ["s3:GetBucketPolicy"],
}
"""Actions in place of a pattern: the simulation takes no patterns."""


class NoResource(Exception):
    """The stage's stack lacks a resource of the template; `str()` names it."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Actions that are needed on a resource. `context` has the condition keys of the request."""

    actions: tuple[str, ...]
    resource: str
    context: tuple[tuple[str, str], ...] = ()


def iter_grants(document: dict[str, Any], examined: Examined) -> Iterator[Grant]:
    """Yield what a policy document grants, on resources of the stage in place of patterns."""
    for statement in document["Statement"]:
        yield from in_statement(statement, examined)


def in_statement(statement: dict[str, Any], examined: Examined) -> Iterator[Grant]:
    actions = [
        sample
        for action in as_list(statement["Action"])
        for sample in SAMPLES.get(action, [action])
    ]
    context = tuple(
        (key, concrete(value, examined))
        for condition in (statement.get("Condition") or {}).values()
        for key, value in condition.items()
    )
    for resource in as_list(statement["Resource"]):
        yield Grant(actions=tuple(actions), resource=concrete(resource, examined), context=context)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def concrete(pattern: str, examined: Examined) -> str:
    """Return a resource of the stage that a pattern matches; `*` alone stays."""
    if pattern == "*" or not pattern.startswith("arn:"):
        return pattern
    arn, partition, service, region, account, resource = pattern.split(":", 5)
    region = examined.account.region_name if region == "*" else region
    account = examined.own if account == "*" else account
    resource = resource.replace("garage-*", f"garage-{examined.stage}").replace("*", "x")
    return f"{arn}:{partition}:{service}:{region}:{account}:{resource}"


def of_deployers(examined: Examined) -> list[Grant]:
    """Return what the documents of infra/ grant to a deployer."""
    documents = sorted((ROOT / "infra").glob("deployer-*.json"))
    return [
        grant for path in documents for grant in iter_grants(json.loads(path.read_text()), examined)
    ]


def of_the_role(examined: Examined) -> list[Grant]:
    """Return what the template grants to the function's role; raises NoResource."""
    resources = examined.template["Resources"]
    documents = [
        resources["AppPolicy"]["Properties"]["PolicyDocument"],
        *(each["PolicyDocument"] for each in resources["FunctionRole"]["Properties"]["Policies"]),
    ]
    return [
        grant
        for document in documents
        for grant in iter_grants(resolve(document, examined), examined)
    ]


def resolve(value: Any, examined: Examined) -> Any:
    """Return a value of the template with CloudFormation's functions replaced."""
    match value:
        case {"!Ref": name} | {"!GetAtt": name}:
            return reference(name, examined)
        case {"!Sub": text}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: reference(found[1], examined), text)
        case {"!If": ["RealAccount", here, embedded]}:
            return resolve(embedded if examined.account.is_embedded else here, examined)
        case dict():
            return {key: resolve(part, examined) for key, part in value.items()}
        case list():
            return [resolve(part, examined) for part in value]
    return value


def reference(name: str, examined: Examined) -> str:
    """Return what `!Ref name` or `!GetAtt name` is in this stage; raises NoResource.

    A value that is not there is empty, as a parameter that is not set.
    """
    logical, _, attribute = name.partition(".")
    if logical == "Secrets" and examined.outputs:
        # On AWS its id is its ARN; on the embedded AWS it is only the name.
        return examined.outputs.stack["SecretsArn"]
    if logical in examined.resources:
        physical = examined.resources[logical]
        return arn_of(logical, physical, examined) if attribute == "Arn" else physical
    if attribute:
        raise NoResource(f"The stack has no {logical}.")
    pseudo = {
        "AWS::AccountId": examined.own,
        "AWS::NoValue": "",
        "AWS::Partition": "aws",
        "AWS::Region": examined.account.region_name,
    }
    return pseudo[name] if name in pseudo else examined.parameter(name)


def arn_of(logical: str, physical: str, examined: Examined) -> str:
    kind = examined.template["Resources"][logical]["Type"]
    match kind:
        case "AWS::DynamoDB::Table":
            return examined.arn("dynamodb", f"table/{physical}")
        case "AWS::S3::Bucket":
            return f"arn:aws:s3:::{physical}"
        case "AWS::Logs::LogGroup":
            return examined.arn("logs", f"log-group:{physical}:*")
    raise ValueError(f"The ARN of {logical}, {kind}, is not known here.")


def find_denied(principal: str, grants: Iterable[Grant], examined: Examined) -> list[str]:
    """Ask IAM's simulation; return the denied actions, each with its resource."""
    pages = examined.client("iam").get_paginator("simulate_principal_policy")
    denied = []
    # One resource for each request: IAM combines every action with every resource.
    for grant in grants:
        context = [
            {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
            for key, value in grant.context
        ]
        for page in pages.paginate(
            PolicySourceArn=principal,
            ActionNames=list(grant.actions),
            ResourceArns=[grant.resource],
            ContextEntries=context,
        ):
            denied += [
                f"{each['EvalActionName']} on {grant.resource}"
                for each in page["EvaluationResults"]
                if each["EvalDecision"] != "allowed"
            ]
    return denied
