"""Deploys a package by Zappa, tests the site, and restores the last version if the test fails.

Zappa creates the function, its schedule and its gateway. The rest of the account
belongs to the stack: the role, the secrets, the bucket, the tables.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from cloud.account import Account
from cloud.deployment import smoke, zappa_settings
from cloud.deployment.gateway import Gateway
from cloud.deployment.smoke import SiteUnreachable, SmokeFailed
from cloud.deployment.versions import EARLIER, GOOD, FunctionVersions
from cloud.stacks import stages
from cloud.stacks.outputs import StageOutputs
from cloud.stacks.stack import PENDING, Stage
from core.environment import ROOT

OUTPUT_LINES = 30  # of a failed tool that an error shows


class DeploymentFailed(Exception):
    """The deployment failed; `str()` says why, and which version runs now."""


@dataclass(frozen=True)
class Deployment:
    """The function of a stage, its versions and its gateway.

    `report` gets each step as a line of text. `architecture` replaces the one in
    zappa_settings.json.
    """

    account: Account
    stage: str
    report: Callable[[str], None]
    architecture: str | None = None

    @property
    def name(self) -> str:
        """The name of the function, its API, and the stack in which Zappa keeps the API."""
        return zappa_settings.function_name(self.stage)

    @cached_property
    def versions(self) -> FunctionVersions:
        bucket = stages.get_outputs(self.account, self.stage).stack["DeploymentsBucket"]
        return FunctionVersions(self.account, self.name, bucket, self.report)

    @cached_property
    def gateway(self) -> Gateway:
        return Gateway(self.account, self.name, self.stage)

    def deploy(self, package: Path) -> str:
        """Deploy or update to a package and test the site; return its address.

        If the test fails, restores the last good version and raises DeploymentFailed.
        """
        outputs = stages.get_outputs(self.account, self.stage)
        self.publish_static_files(outputs)
        is_new = self.versions.get_configuration() is None
        stored = self.versions.store_package(package.read_bytes())
        self.run_zappa(outputs, "deploy" if is_new else "update", "--zip", stored)
        self.versions.wait_until_updated()
        if outputs.stack["SiteUrl"] == PENDING:
            outputs = self.adopt_gateway_url(outputs)
        self.gateway.set_gateway_responses()
        site_url = outputs.stack["SiteUrl"]
        try:
            self.test(site_url)
        except SmokeFailed as failure:
            raise DeploymentFailed(f"{failure}\n{self.versions.restore_good()}") from failure
        self.versions.mark_good()
        return site_url

    def undeploy(self) -> None:
        """Delete function, schedule and gateway; the data stays."""
        self.run_zappa(stages.get_outputs(self.account, self.stage), "undeploy", "--yes")

    def roll_back(self) -> str:
        """Restore the good version before the present one; return its number."""
        version = self.versions.get_version(EARLIER)
        if version is None:
            raise DeploymentFailed(f"{self.name} has no earlier version.")
        self.versions.restore(version)
        self.test(stages.get_outputs(self.account, self.stage).stack["SiteUrl"])
        self.versions.set_alias(GOOD, version)
        return version

    def test(self, site_url: str) -> None:
        """Raise SmokeFailed unless the function answers, and the site at its address too."""
        self.report("Testing the site")
        smoke.check_function(smoke.Function(self.account, self.name, site_url))
        try:
            smoke.check_address(site_url)
        except SiteUnreachable as fault:
            self.report(f"The function answers, but: {fault}")

    def publish_static_files(self, outputs: StageOutputs) -> None:
        """Upload the static files of the package's pages; those of older pages stay."""
        self.report("Publishing the static files")
        required = {
            "DJANGO_SETTINGS_MODULE": "garage.settings",
            "AWS_REGION": self.account.region_name,
            # pragma: allowlist nextline secret
            "GARAGE_SECRET_KEY": "unused",
            # pragma: allowlist nextline secret
            "GARAGE_MERCHANTS_CLIENT_SECRET": "unused",
            # pragma: allowlist nextline secret
            "GARAGE_OFFICERS_CLIENT_SECRET": "unused",
        }
        self.run(
            "collectstatic", "manage.py", "collectstatic", "--noinput", "--verbosity=0",
            folder=ROOT,
            variables=outputs.public_variables() | required,
        )  # fmt: skip

    def run_zappa(self, outputs: StageOutputs, command: str, *options: str) -> None:
        """Run a command of Zappa with the stage's settings and the account's values."""
        values: dict[str, Any] = {
            "aws_region": self.account.region_name,
            "s3_bucket": outputs.stack["DeploymentsBucket"],
            "role_arn": outputs.stack["FunctionRoleArn"],
            "aws_environment_variables": outputs.deployed_variables(),
        }
        if self.architecture:
            values["architecture"] = self.architecture
        # Zappa writes files into its working folder.
        with tempfile.TemporaryDirectory(prefix="garage-zappa-") as name:
            file = Path(name) / "zappa_settings.json"
            zappa_settings.write(file, self.stage, **values)
            self.run(
                "zappa", "-m", "cloud.deployment.zappa_command", command,
                "--settings_file", str(file), self.stage, *options,
                folder=Path(name),
                variables={
                    "AWS_DEFAULT_REGION": self.account.region_name,
                    "PYTHONPATH": str(ROOT),
                },
            )  # fmt: skip

    def run(self, tool: str, *arguments: str, folder: Path, variables: dict[str, str]) -> None:
        """Run Python with the operator's key and report its output; raise DeploymentFailed.

        `tool` names what runs there.
        """
        endpoint = {"AWS_ENDPOINT_URL": self.account.endpoint} if self.account.endpoint else {}
        ran = subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, *arguments],
            cwd=folder,
            env={**os.environ, **self.account.variables, **endpoint, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        output = [line.rstrip() for line in ran.stdout.splitlines() if line.strip()]
        if ran.returncode:
            raise DeploymentFailed("\n".join([f"{tool} failed:", *output[-OUTPUT_LINES:]]))
        for line in output:
            self.report(f"  {line}")

    def adopt_gateway_url(self, outputs: StageOutputs) -> StageOutputs:
        """Set the gateway's URL as the site's; return the changed outputs."""
        self.report(f"The site's address is {self.gateway.url}")
        stage = Stage(name=self.stage, site_url=self.gateway.url)
        changed = stages.provision(outputs.account, stage)
        self.versions.configure(changed.deployed_variables())
        return replace(outputs, stack=changed.stack)
