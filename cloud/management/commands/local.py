"""`manage.py local run`: all of Garage on this machine."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloud.emulator.emulator import EmulatorFailed
from cloud.local import local
from cloud.local.processes import ProcessFailed
from cloud.stacks.stack import StackFailed


class Command(BaseCommand):
    help = "Runs Garage on this machine, on the embedded AWS, with demo data."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        run = actions.add_parser("run", help="run until Ctrl-C")
        run.add_argument("--port", type=int, default=8000, help="port of the site; default: 8000")

    def handle(self, *, port: int, **_options: Any) -> None:
        try:
            local.run(port, self.report)
        except (local.CannotRun, EmulatorFailed, StackFailed, ProcessFailed) as failure:
            raise CommandError(str(failure)) from failure

    def report(self, message: str) -> None:
        self.stdout.write(message)
        self.stdout.flush()
