"""`manage.py apply_retention`: erase personal data whose retention period has ended."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings

from core.commands import OperatorCommand
from markets.privacy.retention import apply_retention


class Command(OperatorCommand):
    help = (
        "Erases the personal data in applications that were decided or last changed more than"
        " GARAGE_RETENTION_YEARS years ago, and deletes drafts that were not changed for 18 months."
        " Safe to run at any time: an interrupted run is completed. Once a week is enough."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="list what would be done and change nothing"
        )
        parser.add_argument("--json", action="store_true", help="one object per line, for scripts")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        count = 0
        for each in apply_retention(self.operator, dry_run=dry_run):
            count += 1
            if options["json"]:
                self.stdout.write(json.dumps(asdict(each) | {"done": not dry_run}))
            else:
                self.stdout.write(f"{each.reference}: {each.outcome.label.lower()}")
        if not options["json"]:
            would = " would be" if dry_run else ""
            years = settings.GARAGE.retention_years
            self.stdout.write(f"{count}{would} erased; personal data is kept for {years} years.")
