"""`manage.py undeploy`: delete a stage's function; its data stays."""

from argparse import ArgumentParser
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError

from cloud.account import operators_account
from cloud.confirmation import confirmed
from cloud.deployment import zappa_settings
from cloud.deployment.deployment import Deployment, DeploymentFailed
from cloud.deployment.zappa_settings import UnknownStage
from cloud.stacks.stack import NoStack


class Command(BaseCommand):
    help = "Deletes a stage's function, schedule and gateway. Its data stays."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stage", required=True, help="a stage of zappa_settings.json")
        parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")

    def handle(self, *, stage: str, yes: bool, **_options: Any) -> None:
        try:
            zappa_settings.settings(stage)
            if not yes and not confirmed(f"Take the site of {stage} offline?", stage):
                raise CommandError("Nothing was changed.")
            Deployment(operators_account(), stage, self.stdout.write).undeploy()
        except (DeploymentFailed, NoStack, UnknownStage, LookupError) as failure:
            raise CommandError(str(failure)) from failure
        except (BotoCoreError, ClientError) as failure:
            raise CommandError(f"AWS error: {failure}") from failure
        self.stdout.write(f"The site of {stage} is offline; its data is unchanged.")
