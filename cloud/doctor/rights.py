"""The rights of the deployer and of the function, by IAM's simulation."""

import json
from collections.abc import Iterator

from botocore.exceptions import ClientError

from cloud.doctor import grants
from cloud.doctor.examined import Examined
from cloud.doctor.findings import Finding, fault, unknown, warning
from core.environment import ROOT

BOUNDARY = "garage-boundary"
SHOWN = 6  # denied actions in a finding


def shorten(denied: list[str]) -> str:
    more = f" and {len(denied) - SHOWN} more" if len(denied) > SHOWN else ""
    return ", ".join(denied[:SHOWN]) + more


def find_of_deployer(examined: Examined) -> Iterator[Finding]:
    """Yield what the key of this shell lacks for `stack up` and `deploy`."""
    principal = principal_of(examined)
    if principal is None:
        yield unknown(
            "rights-of-root",
            "IAM cannot simulate the rights of the root user or of a federated session.",
            why="A key may lack permissions for `stack up` or `make deploy`.",
            remedy="Run this again with the key that you will deploy with.",
        )
        return
    if denied := grants.find_denied(principal, grants.of_deployers(examined), examined):
        yield fault(
            "missing-rights",
            f"{principal} may not: {shorten(denied)}.",
            why="`stack up` or `make deploy` would stop half-way.",
            remedy="Attach the three policies of deployers (docs/operations.md, keys).",
        )


def principal_of(examined: Examined) -> str | None:
    """Return the ARN of the user or role of this shell; None if it has no policies of its own."""
    arn = str(examined.identity["Arn"])
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind == "user":
        return arn
    if kind != "assumed-role":
        return None
    # The ARN of a session lacks the path that its role may have.
    found = examined.client("iam").get_role(RoleName=name.partition("/")[0])
    return str(found["Role"]["Arn"])


def find_of_boundary(examined: Examined) -> Iterator[Finding]:
    """Yield whether the boundary of all roles is missing, or another than in infra/."""
    iam = examined.client("iam")
    arn = f"arn:aws:iam::{examined.own}:policy/{BOUNDARY}"
    remedy = "An administrator creates it from infra/boundary.json (docs/operations.md, keys)."
    try:
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    except iam.exceptions.NoSuchEntityException:
        yield fault(
            "boundary-missing",
            f"The account has no policy {BOUNDARY}.",
            why="Every role of a stage has it as its boundary. Without it `stack up` fails.",
            remedy=remedy,
        )
        return
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    if found != json.loads((ROOT / "infra" / "boundary.json").read_text()):
        yield warning(
            "boundary-differs",
            f"The policy {BOUNDARY} is another than infra/boundary.json.",
            why="The function may do no more than its boundary allows, whatever its role says.",
            remedy=remedy,
        )


def find_of_role(examined: Examined) -> Iterator[Finding]:
    """Yield what the function's role lacks of the template's permissions, its secret included."""
    iam = examined.client("iam")
    outputs = examined.outputs
    if outputs is None:
        return
    role = outputs.stack["FunctionRoleArn"]
    remedy = "Run `stack up`. If it finds no change, put the permission back in IAM by hand."
    try:
        iam.get_role(RoleName=role.rpartition("/")[2])
    except iam.exceptions.NoSuchEntityException:
        yield fault(
            "role-missing",
            f"The function's role {role} does not exist.",
            why="Lambda starts no function without it: every page is an error.",
            remedy=remedy,
        )
        return
    try:
        needed = grants.of_the_role(examined)
    except grants.NoResource as missing:
        yield unknown(
            "role-unknown",
            f"The template is newer than the stack: {missing}",
            why="What the function's role needs could not be asked.",
            remedy="Run `stack up`, then this again.",
        )
        return
    if denied := grants.find_denied(role, needed, examined):
        yield fault(
            "role-rights",
            f"The function's role may not: {shorten(denied)}.",
            why="The function does not start, or pages that need this are errors.",
            remedy=remedy,
        )


def find_of_secret(examined: Examined) -> Iterator[Finding]:
    """Yield whether the secret of the stage is gone or about to go."""
    if examined.outputs is None:
        return
    name = examined.outputs.stack["SecretsArn"]
    secrets = examined.client("secretsmanager")
    try:
        deleted = secrets.describe_secret(SecretId=name).get("DeletedDate")
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        deleted = "already"
    if deleted:
        yield fault(
            "secret-missing",
            f"The stage's secret {name} is deleted ({deleted}).",
            why="A process of the function reads it at its start; no new one starts without it.",
            remedy="`aws secretsmanager restore-secret` while AWS still has it, else restore its"
            " variables from a copy, or let `stack up` create it anew: that signs everybody out.",
        )
