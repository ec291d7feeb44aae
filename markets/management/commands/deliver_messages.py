"""`manage.py deliver_messages`: send the due messages in the outbox."""

import json
import signal
import sys
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from core.commands import OperatorCommand
from core.dynamodb import as_domain_error
from markets.outbox.delivery import deliver_due
from markets.outbox.models import MessageState


class Command(OperatorCommand):
    help = (
        "Sends the due messages to merchants. Safe to run at any time, also two runs at once:"
        " only one run claims each message. Later runs try failed messages again, five times in"
        " about a day. Exit code 1 says that some messages were not sent."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="list what would be sent and send nothing"
        )
        parser.add_argument("--json", action="store_true", help="one object per line, for scripts")
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="repeat until the process is ended"
        )

    def handle(self, *, every: float | None, **options: Any) -> None:
        if every is not None and not every >= 1:  # `not >=` also refuses nan
            raise CommandError("--every takes 1 second or more.")
        if every is None:
            if not self._deliver(**options):
                raise CommandError("Some messages could not be sent.")
            return
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        while True:
            try:
                self._deliver(**options)
            except Exception as fault:
                # A process that runs for days meets outages; the next round tries again.
                if (outage := as_domain_error(fault)) is None:
                    raise
                self.stderr.write(str(outage))
            time.sleep(every)

    def _deliver(self, *, dry_run: bool, **options: Any) -> bool:
        """Deliver once; return whether all due messages were sent."""
        done = []
        for each in deliver_due(self.operator, dry_run=dry_run):
            done.append(each.state)
            if options["json"]:
                self.stdout.write(json.dumps(asdict(each)))
            else:
                fault = f" ({each.failure})" if each.failure else ""
                self.stdout.write(f"{each.reference} {each.action}: {each.state.label}{fault}")
        if done and not options["json"]:
            sent = done.count(MessageState.SENT)
            self.stdout.write(f"{sent} of {len(done)} {'would be sent' if dry_run else 'sent'}.")
        elif self.stdout.isatty():  # only for a person: scheduled runs happen every minute
            self.stdout.write("Nothing is due.")
        return not {MessageState.WAITING, MessageState.FAILED} & set(done)
