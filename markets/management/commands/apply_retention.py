"""`manage.py apply_retention`: keep nothing of a person for longer than the rule says."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings

from core.commands import OperatorCommand
from markets.privacy.retention import apply_retention


class Command(OperatorCommand):
    help = (
        "Erases personal data from applications that were settled more than"
        " GARAGE_RETENTION_YEARS ago, and deletes drafts that nobody touched for 18 months."
        " Safe to run at any time and again: what broke off is finished. Once a week is enough."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument("--json", action="store_true", help="one object a line, for scripts")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        count = 0
        for each in apply_retention(self.operator, dry_run=dry_run):
            count += 1
            if options["json"]:
                self.stdout.write(json.dumps(asdict(each) | {"done": not dry_run}))
            else:
                self.stdout.write(f"{each.reference}: {each.fate.label.lower()}")
        if not options["json"]:
            would = " would be" if dry_run else ""
            years = settings.GARAGE.retention_years
            self.stdout.write(f"{count}{would} erased; settled ones are kept for {years} years.")
