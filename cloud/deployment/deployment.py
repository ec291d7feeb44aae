"""From a package to a site that answers, by Zappa; and back to the one before if it does not.

Zappa makes the function, its schedule and the gateway in front of it. The rest
of the account is the stack's: the role, the secrets, the bucket, the tables.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cloud.account import Account
from cloud.deployment import smoke, zappa_settings
from cloud.deployment.smoke import SiteUnknown, SmokeFailed
from cloud.stacks import stages
from cloud.stacks.outputs import StageOutputs
from cloud.stacks.stack import PENDING, Stage
from core.environment import ROOT

GOOD = "good"
"""Alias of the version that last passed its test; EARLIER is the one that did before."""
EARLIER = "earlier"

TOO_LARGE = "What you sent is too large. Please go back and send less at once."
TOO_LATE = "Garage did not answer in time. Please try again in a minute."
IN_WORDS = {
    "REQUEST_TOO_LARGE": TOO_LARGE,
    "INTEGRATION_TIMEOUT": TOO_LATE,
    "INTEGRATION_FAILURE": TOO_LATE,
    "DEFAULT_5XX": TOO_LATE,
}
"""What the gateway says where the site cannot, by the gateway's own names."""


class DeploymentFailed(Exception):
    """The deployment did not come about; `str()` says why, and what runs now."""


@dataclass(frozen=True)
class Deployment:
    """A stage's function, and what is done to it; `say` is told each step."""

    account: Account
    stage: str
    say: Callable[[str], None]
    architecture: str | None = None

    @property
    def name(self) -> str:
        """Of the function, of its API, and of the stack that Zappa keeps that in."""
        return zappa_settings.function_name(self.stage)

    def deploy(self, package: Path) -> str:
        """Deploy a package or update to it; return the site's address once it has been tested.

        Goes back to the version before if the new one fails its test, and then
        raises DeploymentFailed.
        """
        outputs = stages.get_outputs(self.account, self.stage)
        self.publish_static_files(outputs)
        is_new = self.configuration() is None
        stored = self.store(package, outputs.stack["DeploymentsBucket"])
        self.zappa(outputs, "deploy" if is_new else "update", "--zip", stored)
        self.wait_until_updated()
        if outputs.stack["SiteUrl"] == PENDING:
            outputs = self.adopt_gateway_url(outputs)
        self.set_gateway_responses()
        site_url = outputs.stack["SiteUrl"]
        try:
            self.test(site_url)
        except SmokeFailed as failure:
            raise DeploymentFailed(f"{failure}\n{self.restore_good()}") from failure
        self.keep()
        return site_url

    def undeploy(self) -> None:
        """Remove function, schedule and gateway; the data stays."""
        self.zappa(stages.get_outputs(self.account, self.stage), "undeploy", "--yes")

    def roll_back(self) -> str:
        """Return to the version that was good before the present one; return its number."""
        version = self.version_of(EARLIER)
        if version is None:
            raise DeploymentFailed(f"There is no earlier version of {self.name} to return to.")
        self.restore(version)
        self.test(stages.get_outputs(self.account, self.stage).stack["SiteUrl"])
        self.point(GOOD, version)
        return version

    def test(self, site_url: str) -> None:
        """Raise SmokeFailed unless the function answers, and the site's address leads to it."""
        self.say("Testing whether the site answers")
        smoke.check_function(smoke.Function(self.account, self.name, site_url))
        try:
            smoke.check_address(site_url)
        except SiteUnknown as fault:
            self.say(f"The function answers, but: {fault}")

    def publish_static_files(self, outputs: StageOutputs) -> None:
        """Fill the bucket with what the package's pages name; what older pages name stays there."""
        self.say("Publishing the static files")
        unused = {
            "DJANGO_SETTINGS_MODULE": "garage.settings",
            "AWS_REGION": self.account.region_name,
            "GARAGE_SECRET_KEY": "unused",
            "GARAGE_MERCHANTS_CLIENT_SECRET": "unused",
            "GARAGE_OFFICERS_CLIENT_SECRET": "unused",
        }
        self.run(
            sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0",
            folder=ROOT,
            variables=outputs.public_variables() | unused,
        )  # fmt: skip

    def store(self, package: Path, bucket: str) -> str:
        """Keep a package under its hash, by which it is found to go back; return its address."""
        content = package.read_bytes()
        key = package_key(hashlib.sha256(content).digest())
        self.account.s3.put_object(Bucket=bucket, Key=key, Body=content)
        return f"s3://{bucket}/{key}"

    def zappa(self, outputs: StageOutputs, command: str, *options: str) -> None:
        """Let Zappa do a command with the settings of the stage and the facts of its account."""
        facts: dict[str, Any] = {
            "aws_region": self.account.region_name,
            "s3_bucket": outputs.stack["DeploymentsBucket"],
            "role_arn": outputs.stack["FunctionRoleArn"],
            "aws_environment_variables": outputs.deployed_variables(),
        }
        if self.architecture:
            facts["architecture"] = self.architecture
        # It leaves files where it stands.
        with tempfile.TemporaryDirectory(prefix="garage-zappa-") as name:
            file = Path(name) / "zappa_settings.json"
            zappa_settings.write(file, self.stage, **facts)
            self.run(
                str(Path(sys.executable).with_name("zappa")), command,
                "--settings_file", str(file), self.stage, *options,
                folder=Path(name),
                variables={"AWS_DEFAULT_REGION": self.account.region_name},
            )  # fmt: skip

    def run(self, *command: str, folder: Path, variables: dict[str, str]) -> None:
        """Run a tool as the account's operator, saying what it says; raise DeploymentFailed."""
        endpoint = {"AWS_ENDPOINT_URL": self.account.endpoint} if self.account.endpoint else {}
        ran = subprocess.run(  # noqa: S603 - our own commands
            command,
            cwd=folder,
            env={**os.environ, **self.account.variables, **endpoint, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        said = [line.rstrip() for line in ran.stdout.splitlines() if line.strip()]
        if ran.returncode:
            tool = Path(command[0]).name
            raise DeploymentFailed("\n".join([f"{tool} failed:", *said[-30:]]))
        for line in said:
            self.say(f"  {line}")

    # The function's versions

    def configuration(self, version: str | None = None) -> dict[str, Any] | None:
        """Return the configuration of a version or of what runs now; None if it is not there."""
        functions = self.account.client("lambda")
        qualified = {"Qualifier": version} if version else {}
        try:
            found: dict[str, Any] = functions.get_function_configuration(
                FunctionName=self.name, **qualified
            )
        except functions.exceptions.ResourceNotFoundException:
            return None
        return found

    def wait_until_updated(self) -> None:
        """Wait until what was changed about the function is in force."""
        self.account.client("lambda").get_waiter("function_updated_v2").wait(FunctionName=self.name)

    def configure(self, variables: dict[str, str]) -> None:
        self.account.client("lambda").update_function_configuration(
            FunctionName=self.name, Environment={"Variables": variables}
        )
        self.wait_until_updated()

    def keep(self) -> None:
        """Remember what runs now, code and environment, as good."""
        functions = self.account.client("lambda")
        good = self.version_of(GOOD)
        version = functions.publish_version(FunctionName=self.name)["Version"]
        if good and good != version:
            self.point(EARLIER, good)
        self.point(GOOD, version)

    def version_of(self, alias: str) -> str | None:
        functions = self.account.client("lambda")
        try:
            found = functions.get_alias(FunctionName=self.name, Name=alias)
        except functions.exceptions.ResourceNotFoundException:
            return None
        return str(found["FunctionVersion"])

    def point(self, alias: str, version: str) -> None:
        functions = self.account.client("lambda")
        change = functions.update_alias if self.version_of(alias) else functions.create_alias
        change(FunctionName=self.name, Name=alias, FunctionVersion=version)

    def restore_good(self) -> str:
        """Go back to the good version if there is one; say what runs now."""
        version = self.version_of(GOOD)
        if version is None:
            return "There is no earlier version to go back to; what was deployed stays."
        self.restore(version)
        return f"Version {version}, which worked, runs again."

    def restore(self, version: str) -> None:
        """Make code and environment those of a version."""
        self.say(f"Going back to version {version}")
        found = self.configuration(version)
        if found is None:
            raise DeploymentFailed(f"{self.name} has no version {version} any more.")
        self.account.client("lambda").update_function_code(
            FunctionName=self.name,
            S3Bucket=stages.get_outputs(self.account, self.stage).stack["DeploymentsBucket"],
            S3Key=package_key(b64decode(found["CodeSha256"])),
        )
        self.wait_until_updated()
        self.configure(found["Environment"]["Variables"])

    # The gateway in front of it

    @property
    def api(self) -> str:
        """The id of the stage's API."""
        found = self.account.cloudformation.describe_stack_resource(
            StackName=self.name, LogicalResourceId="Api"
        )
        return found["StackResourceDetail"]["PhysicalResourceId"]

    @property
    def address(self) -> str:
        """Where the gateway itself shows the site."""
        if self.account.endpoint:
            return f"{self.account.endpoint}/_aws/execute-api/{self.api}/{self.stage}"
        return (
            f"https://{self.api}.execute-api.{self.account.region_name}.amazonaws.com/{self.stage}"
        )

    def adopt_gateway_url(self, outputs: StageOutputs) -> StageOutputs:
        """Give a site that has no address of its own that of its gateway."""
        self.say(f"The site's address is {self.address}")
        stage = Stage(name=self.stage, site_url=self.address)
        moved = stages.provision(outputs.account, stage)
        self.configure(moved.deployed_variables())
        return replace(outputs, stack=moved.stack)

    def set_gateway_responses(self) -> None:
        """Let the gateway say in words what it would say in a line of JSON."""
        gateway = self.account.client("apigateway")
        api = self.api
        known = gateway.get_gateway_responses(restApiId=api, limit=500)["items"]
        spoken = {each["responseType"]: each.get("responseTemplates") for each in known}
        wanted = {name: {"text/html": page(words)} for name, words in IN_WORDS.items()}
        if all(spoken.get(name) == templates for name, templates in wanted.items()):
            return
        for name, templates in wanted.items():
            gateway.put_gateway_response(
                restApiId=api,
                responseType=name,
                responseTemplates=templates,
                responseParameters={"gatewayresponse.header.Cache-Control": "'no-store'"},
            )
        gateway.create_deployment(restApiId=api, stageName=self.stage)


def package_key(digest: bytes) -> str:
    return f"packages/{digest.hex()}.zip"


def page(words: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Garage</title>'
        f"<h1>Garage</h1><p>{words}</p></html>"
    )
