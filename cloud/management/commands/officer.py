"""`manage.py officer invite|grant|revoke|list`: who decides for which city."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError

from cloud import officers
from cloud.account import operators_account
from cloud.emulator import emulator
from cloud.emulator.emulator import EmulatorFailed
from cloud.local import local
from cloud.officers import Officer, Outcome
from cloud.stacks import stages
from cloud.stacks.outputs import StageOutputs
from cloud.stacks.stack import NoStack


class Command(BaseCommand):
    help = "Invites, grants, revokes and lists the officers of city halls."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        invite = actions.add_parser(
            "invite", help="make somebody an officer, and write to them in the city's language"
        )
        invite.add_argument("--name", default="", help="for a new account: whom to address")
        invite.add_argument(
            "--resend", action="store_true", help="a new password, if the last was never used"
        )
        grant = actions.add_parser("grant", help="one city more for somebody who has an account")
        revoke = actions.add_parser(
            "revoke", help="take a city, or all, and end their sessions at once"
        )
        for action in (invite, grant, revoke):
            action.add_argument("email")
            action.add_argument(
                "--city", required=action is not revoke, help="its slug, such as brasov"
            )
            action.add_argument("--dry-run", action="store_true", help="only say what would be")
        listing = actions.add_parser("list", help="who decides for which city")
        listing.add_argument("--city", help="only this one's")
        for action in (invite, grant, revoke, listing):
            action.add_argument("--stage", default=local.STAGE, help="`local` by default")
            action.add_argument("--json", action="store_true", help="for scripts")

    def handle(self, *, action: str, stage: str, **options: Any) -> None:
        try:
            outputs = self.outputs(stage)
            if action == "list":
                if options["city"]:
                    officers.get_city(outputs, options["city"])
                listed = officers.list_officers(outputs, options["city"])
                self.tell_officers(listed, as_json=options["json"])
            else:
                outcome = self.act(outputs, action, **options)
                self.tell(outcome, dry_run=options["dry_run"], as_json=options["json"])
        except (EmulatorFailed, NoStack, LookupError) as failure:
            raise CommandError(str(failure)) from failure
        except (BotoCoreError, ClientError) as failure:
            raise CommandError(f"AWS says: {failure}") from failure

    @staticmethod
    def outputs(stage: str) -> StageOutputs:
        embedded = stage == local.STAGE
        account = emulator.running(local.FOLDER).account if embedded else operators_account()
        return stages.get_outputs(account, stage)

    @staticmethod
    def act(outputs: StageOutputs, action: str, **options: Any) -> Outcome:
        email, city, dry_run = options["email"], options["city"], options["dry_run"]
        match action:
            case "invite":
                name, resend = options["name"], options["resend"]
                return officers.invite(outputs, email, name, city, resend=resend, dry_run=dry_run)
            case "grant":
                return officers.grant(outputs, email, city, dry_run=dry_run)
            case _:
                return officers.revoke(outputs, email, city, dry_run=dry_run)

    def tell(self, outcome: Outcome, *, dry_run: bool, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**asdict(outcome), "dryRun": dry_run}, indent=2))
            return
        would = "Would have " if dry_run else ""
        said = ", ".join(outcome.done) or "nothing to do"
        self.stdout.write(f"{outcome.email}: {would}{said}.")

    def tell_officers(self, listed: list[Officer], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([asdict(officer) for officer in listed], indent=2))
            return
        for officer in listed:
            cities = ", ".join(officer.cities)
            self.stdout.write(f"{officer.email}\t{officer.name}\t{cities}\t{officer.status}")
