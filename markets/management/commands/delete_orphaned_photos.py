"""`manage.py delete_orphaned_photos`: delete photos that no application uses."""

import json
from argparse import ArgumentParser
from typing import Any

from core.commands import OperatorCommand
from markets.photos.orphaned_photos import delete_orphaned_photos


class Command(OperatorCommand):
    help = (
        "Deletes photos that are older than a day and in no application or history. Safe to run"
        " at any time; the bucket keeps deleted photos for another 30 days."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--market", default="", metavar="ID", help="only photos of this market")
        parser.add_argument(
            "--dry-run", action="store_true", help="list what would be deleted and change nothing"
        )
        parser.add_argument("--json", action="store_true", help="one object per line, for scripts")

    def handle(self, *, market: str, dry_run: bool, **options: Any) -> None:
        count = 0
        for name in delete_orphaned_photos(self.operator, market_id=market, dry_run=dry_run):
            count += 1
            line = json.dumps({"photo": name, "deleted": not dry_run}) if options["json"] else name
            self.stdout.write(line)
        if not options["json"]:
            self.stdout.write(f"{count} {'would be deleted' if dry_run else 'deleted'}.")
