"""`manage.py local run`: all of Garage on this machine."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloud.emulator.emulator import EmulatorFailed
from cloud.local import local
from cloud.local.processes import ChildFailed
from cloud.stacks.stack import StackFailed


class Command(BaseCommand):
    help = "Runs Garage on this machine, on an embedded AWS, with demo data."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        run = actions.add_parser("run", help="run until Ctrl-C")
        run.add_argument("--port", type=int, default=8000, help="of the site, 8000 by default")

    def handle(self, *, port: int, **_options: Any) -> None:
        try:
            local.run(port, self.say)
        except (local.CannotRun, EmulatorFailed, StackFailed, ChildFailed) as failure:
            raise CommandError(str(failure)) from failure

    def say(self, message: str) -> None:
        self.stdout.write(message)
        self.stdout.flush()
