"""`manage.py stack up|down|status|outputs`: create, update, delete and describe a stage."""

import json
from argparse import ArgumentParser
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError

from cloud.account import Account, operators_account
from cloud.confirmation import confirmed
from cloud.emulator import emulator
from cloud.emulator.emulator import EmulatorFailed
from cloud.local import local
from cloud.stacks import senders, stack, stages, teardown
from cloud.stacks.change_sets import Change, as_table
from cloud.stacks.outputs import stage_file
from cloud.stacks.stack import FacebookApp, NoStack, NotConfirmed, StackFailed, Stage
from cloud.stacks.teardown import NotEmpty

POOL_TIERS = ("LITE", "ESSENTIALS", "PLUS")


class Command(BaseCommand):
    help = "Creates, updates, deletes and describes the AWS stack of a stage."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        up = actions.add_parser(
            "up",
            help="create or update the stack, and write the environment file",
        )
        up.add_argument("--site-url", help="address of the site; unchanged if left out")
        up.add_argument("--mail-from", help="sender address of mails; unchanged if left out")
        up.add_argument("--alarm-mail", help="e-mail address for alarms; unchanged if left out")
        up.add_argument(
            "--pool-tier",
            choices=POOL_TIERS,
            help="Cognito's feature plan, which sets the price of each user; unchanged if left out",
        )
        up.add_argument(
            "--facebook-app",
            nargs=2,
            metavar=("ID", "SECRET_NAME"),
            help="offer sign-in with this Facebook app; Secrets Manager holds its secret under"
            " SECRET_NAME; unchanged if left out",
        )
        down = actions.add_parser(
            "down", help="delete the stage for good; refused while it has data"
        )
        down.add_argument(
            "--with-data",
            action="store_true",
            help="delete its people, applications and photos too",
        )
        for action in (up, down):
            action.add_argument("--yes", action="store_true", help="do not ask for confirmation")
        status = actions.add_parser(
            "status", help="print the status of the stack, and what SES sends for it"
        )
        outputs = actions.add_parser("outputs", help="print addresses and names, without secrets")
        outputs.add_argument("--json", action="store_true", help="print JSON for scripts")
        for action in (up, down, status, outputs):
            action.add_argument("--stage", default=local.STAGE, help="default: local")

    def handle(self, *, action: str, stage: str, **options: Any) -> None:
        try:
            account = self.account(stage)
            match action:
                case "up":
                    self.up(account, self.settings(stage, **options), yes=options["yes"])
                case "down":
                    self.down(account, stage, with_data=options["with_data"], yes=options["yes"])
                case "status":
                    self.status(account, stage)
                case "outputs":
                    self.outputs(account, stage, as_json=options["json"])
        except (
            EmulatorFailed,
            NoStack,
            NotEmpty,
            NotConfirmed,
            StackFailed,
            LookupError,
        ) as failure:
            raise CommandError(str(failure)) from failure
        except (BotoCoreError, ClientError) as failure:
            raise CommandError(f"AWS error: {failure}") from failure

    def account(self, stage: str) -> Account:
        """Return the stage's account with an operator's key."""
        if stage == local.STAGE:
            return emulator.get_running(local.FOLDER).account
        return operators_account()

    def settings(
        self,
        stage: str,
        *,
        site_url: str | None,
        mail_from: str | None,
        facebook_app: tuple[str, str] | None,
        alarm_mail: str | None,
        pool_tier: str | None,
        **_options: Any,
    ) -> Stage:
        app = FacebookApp(id=facebook_app[0], secret_name=facebook_app[1]) if facebook_app else None
        return Stage(
            name=stage,
            site_url=site_url,
            mail_from=mail_from,
            facebook_app=app,
            alarm_mail=alarm_mail,
            pool_tier=pool_tier,
        )

    def up(self, account: Account, stage: Stage, *, yes: bool) -> None:
        def confirm(changes: list[Change]) -> bool:
            for line in as_table(changes):
                self.stdout.write(line)
            lost = [change.resource for change in changes if change.loses_data]
            if lost:
                self.stdout.write(f"The stack loses the data of: {', '.join(lost)}.")
            return yes or confirmed("Continue?", stage.name)

        stages.provision(account, stage, confirm=confirm, report=self.stdout.write)
        name = stack.stack_name(stage.name)
        self.stdout.write(f"{name} is up to date; {stage_file(stage.name)} is written.")

    def down(self, account: Account, stage: str, *, with_data: bool, yes: bool) -> None:
        if not yes and not confirmed("Continue?", stage):
            raise NotConfirmed(f"{stack.stack_name(stage)} was not changed.")
        teardown.tear_down(account, stage, with_data=with_data, report=self.stdout.write)
        self.stdout.write(f"{stack.stack_name(stage)} is deleted, with everything in it.")

    def status(self, account: Account, stage: str) -> None:
        described = stack.describe(account, stage)
        self.stdout.write(described["StackStatus"])
        if sender := senders.parameter(described, "MailFrom"):
            used = senders.parameter(described, "SignUpSender") or ""
            for line in senders.find_sending(account, sender).lines(used):
                self.stdout.write(line)

    def outputs(self, account: Account, stage: str, *, as_json: bool) -> None:
        public = stages.get_outputs(account, stage).public()
        if as_json:
            self.stdout.write(json.dumps(public, indent=2))
            return
        for name, value in public.items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            for part, text in parts:
                self.stdout.write(f"{name}.{part}: {text}" if part else f"{name}: {text}")
