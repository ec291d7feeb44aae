"""`manage.py doctor --stage S`: what is wrong with a stage and its account."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloud.account import Account, operators_account
from cloud.doctor.examination import examine
from cloud.emulator import emulator
from cloud.emulator.emulator import EmulatorFailed
from cloud.local import local


class Command(BaseCommand):
    help = (
        "Says what is wrong with a stage and its account, why it matters and what to do. It"
        " changes nothing, and works before and after a deployment. Exit code 1 says that there"
        " is a fault."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stage", default=local.STAGE, help="default: local")
        parser.add_argument("--json", action="store_true", help="print JSON for scripts")

    def handle(self, *, stage: str, **options: Any) -> None:
        try:
            report = examine(self.account(stage), stage)
        except EmulatorFailed as failure:
            raise CommandError(str(failure)) from failure
        if options["json"]:
            self.stdout.write(json.dumps({"stage": stage, **report.as_json()}, indent=2))
        else:
            for line in report.lines():
                self.stdout.write(line)
        if report.has_fault:
            sys.exit(1)

    def account(self, stage: str) -> Account:
        """Return the stage's account with an operator's key."""
        if stage == local.STAGE:
            return emulator.get_running(local.FOLDER).account
        return operators_account()
