"""`manage.py stack up|down|status|outputs`: one stage's account, as its operator sees it."""

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
from cloud.stacks import stack, stages, teardown
from cloud.stacks.change_sets import Change, as_table
from cloud.stacks.outputs import stage_file
from cloud.stacks.stack import FacebookApp, NoStack, NothingDone, StackFailed, Stage
from cloud.stacks.teardown import NotEmpty


class Command(BaseCommand):
    help = "Makes, updates and describes the AWS stack of a stage."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        up = actions.add_parser(
            "up",
            help="create the stack or bring it up to date, and write the environment file",
        )
        up.add_argument("--site-url", help="where people reach the site; kept if left out")
        up.add_argument("--mail-from", help="the address to write from; kept if left out")
        up.add_argument("--alarm-mail", help="whom alarms write to; kept if left out")
        up.add_argument(
            "--facebook-app",
            nargs=2,
            metavar=("ID", "SECRET_NAME"),
            help="offer sign-in with this app at Facebook, whose secret Secrets Manager holds"
            " under this name; kept if left out",
        )
        down = actions.add_parser(
            "down", help="delete the stage for good; refuses while it has data"
        )
        down.add_argument(
            "--with-data", action="store_true", help="delete people, markets and photos too"
        )
        for action in (up, down):
            action.add_argument("--yes", action="store_true", help="do not ask")
        status = actions.add_parser("status", help="say how CloudFormation left the stack")
        outputs = actions.add_parser("outputs", help="print where everything is; no secrets")
        outputs.add_argument("--json", action="store_true", help="for scripts")
        for action in (up, down, status, outputs):
            action.add_argument("--stage", default=local.STAGE, help="`local` by default")

    def handle(self, *, action: str, stage: str, **options: Any) -> None:
        try:
            account = self.account(stage)
            match action:
                case "up":
                    self.up(account, self.wanted(stage, **options), yes=options["yes"])
                case "down":
                    self.down(account, stage, with_data=options["with_data"], yes=options["yes"])
                case "status":
                    self.stdout.write(stack.describe(account, stage)["StackStatus"])
                case "outputs":
                    self.outputs(account, stage, as_json=options["json"])
        except (
            EmulatorFailed,
            NoStack,
            NotEmpty,
            NothingDone,
            StackFailed,
            LookupError,
        ) as failure:
            raise CommandError(str(failure)) from failure
        except (BotoCoreError, ClientError) as failure:
            raise CommandError(f"AWS says: {failure}") from failure

    def account(self, stage: str) -> Account:
        """Return the account that holds the stage, with its operator's key."""
        if stage == local.STAGE:
            return emulator.running(local.FOLDER).account
        return operators_account()

    def wanted(
        self,
        stage: str,
        *,
        site_url: str | None,
        mail_from: str | None,
        facebook_app: tuple[str, str] | None,
        alarm_mail: str | None,
        **_options: Any,
    ) -> Stage:
        app = FacebookApp(id=facebook_app[0], secret_name=facebook_app[1]) if facebook_app else None
        return Stage(
            name=stage,
            site_url=site_url,
            mail_from=mail_from,
            facebook_app=app,
            alarm_mail=alarm_mail,
        )

    def up(self, account: Account, stage: Stage, *, yes: bool) -> None:
        def agree(changes: list[Change]) -> bool:
            for line in as_table(changes):
                self.stdout.write(line)
            lost = [change.resource for change in changes if change.loses]
            if lost:
                self.stdout.write(f"What these hold is left behind: {', '.join(lost)}.")
            return yes or confirmed("Go on?", stage.name)

        stages.provision(account, stage, agree=agree, say=self.stdout.write)
        where = stage_file(stage.name)
        self.stdout.write(f"{stack.stack_name(stage.name)} is up; {where} is written.")

    def down(self, account: Account, stage: str, *, with_data: bool, yes: bool) -> None:
        if not yes and not confirmed("Go on?", stage):
            raise NothingDone(f"{stack.stack_name(stage)} was left as it is.")
        teardown.tear_down(account, stage, with_data=with_data, say=self.stdout.write)
        self.stdout.write(f"{stack.stack_name(stage)} is gone, and nothing of it is left.")

    def outputs(self, account: Account, stage: str, *, as_json: bool) -> None:
        public = stages.find(account, stage).public()
        if as_json:
            self.stdout.write(json.dumps(public, indent=2))
            return
        for name, value in public.items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            for part, text in parts:
                self.stdout.write(f"{name}.{part}: {text}" if part else f"{name}: {text}")
