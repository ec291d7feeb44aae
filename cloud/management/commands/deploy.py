"""`manage.py deploy`: build, deploy and test; restore the last version if the test fails."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError

from cloud.account import operators_account
from cloud.deployment import package, zappa_settings
from cloud.deployment.deployment import Deployment, DeploymentFailed
from cloud.deployment.package import PLATFORMS, PackageFailed
from cloud.deployment.smoke import SmokeFailed
from cloud.deployment.versions import NoSuchVersion
from cloud.deployment.zappa_settings import UnknownStage
from cloud.management.commands.package import package_file
from cloud.stacks.stack import NoStack, StackFailed


class Command(BaseCommand):
    help = "Builds the package, deploys or updates a stage's function, and tests it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stage", required=True, help="a stage of zappa_settings.json")
        parser.add_argument("--package", type=Path, help="an existing package; default: build one")
        parser.add_argument(
            "--architecture", choices=PLATFORMS, help="instead of the one in zappa_settings.json"
        )
        parser.add_argument(
            "--back",
            action="store_true",
            help="deploy nothing; restore the good version before the present one",
        )

    def handle(
        self,
        *,
        stage: str,
        package: Path | None,
        architecture: str | None,
        back: bool,
        **_options: Any,
    ) -> None:
        try:
            deployment = Deployment(operators_account(), stage, self.stdout.write, architecture)
            if back:
                version = deployment.roll_back()
                self.stdout.write(f"{stage} now runs version {version}.")
                return
            site_url = deployment.deploy(package or self.build(stage, architecture))
            self.stdout.write(f"{stage} is deployed: {site_url}/")
        except (
            DeploymentFailed,
            NoStack,
            NoSuchVersion,
            PackageFailed,
            SmokeFailed,
            StackFailed,
            UnknownStage,
            LookupError,
        ) as failure:
            raise CommandError(str(failure)) from failure
        except (BotoCoreError, ClientError) as failure:
            raise CommandError(f"AWS error: {failure}") from failure

    def build(self, stage: str, architecture: str | None) -> Path:
        self.stdout.write("Building the package")
        architecture = architecture or zappa_settings.architecture(stage)
        built = package.build(architecture, package_file(architecture))
        return built.path
