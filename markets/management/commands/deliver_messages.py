"""`manage.py deliver_messages`: send what waits in the outbox and is due."""

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
        "Sends the messages to merchants that are due. Safe to run at any time, also twice at"
        " once: each message is claimed by one run. What could not be sent is tried again by"
        " later runs, five times in about a day; exit code 1 tells that there was some."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be sent")
        parser.add_argument("--json", action="store_true", help="one object a line, for scripts")
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="again and again, until told to end"
        )

    def handle(self, *, every: float | None, **options: Any) -> None:
        if every is not None and not every >= 1:  # less is only load; nan is not even that
            raise CommandError("--every takes 1 second or more.")
        if every is None:
            if not self._deliver(**options):
                raise CommandError("Some could not be sent.")
            return
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        while True:
            try:
                self._deliver(**options)
            except Exception as fault:
                # Whoever runs for days meets a moment without an answer.
                if (passing := as_domain_error(fault)) is None:
                    raise
                self.stderr.write(str(passing))
            time.sleep(every)

    def _deliver(self, *, dry_run: bool, **options: Any) -> bool:
        """Deliver once; say whether nothing was left that should have gone."""
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
        elif self.stdout.isatty():  # only to somebody who watches: it runs every minute
            self.stdout.write("Nothing is due.")
        return not {MessageState.WAITING, MessageState.FAILED} & set(done)
