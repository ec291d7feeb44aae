"""`manage.py export`: all applications to a city as a file."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from django.core.management.base import CommandError

from approvals.statistics.exports import (
    applications_as_csv,
    applications_as_json,
    applications_as_xlsx,
)
from approvals.statistics.queries import count_applications, iter_applications
from core.commands import OperatorCommand
from markets.cities.models import City
from markets.cities.queries import get_city
from markets.models import Market


class Command(OperatorCommand):
    help = (
        "Writes every application that was submitted to a city, with all its fields and the"
        " decision. The file holds personal data. It has no drafts and no private notes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--city", required=True, metavar="SLUG")
        parser.add_argument("--format", required=True, choices=("csv", "xlsx", "json"))
        parser.add_argument(
            "--out",
            type=Path,
            metavar="FILE",
            help="the file to write; the default is standard output",
        )

    def handle(self, *, city: str, out: Path | None, **options: Any) -> None:
        found = get_city(city)
        markets = self.with_progress(
            iter_applications(self.operator, city),
            count_applications(self.operator, city),
            "applications",
        )
        kind = options["format"]
        if out is None:
            if kind == "xlsx" and sys.stdout.isatty():
                raise CommandError("A terminal cannot show a spreadsheet; name a file with --out.")
            _write(kind, markets, found, sys.stdout.buffer)
            return
        # A temporary file first: half an export would look like one of fewer applications.
        try:
            with NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
                part = Path(file.name)
                try:
                    _write(kind, markets, found, file)
                except BaseException:
                    part.unlink()
                    raise
            part.replace(out)
        except OSError as fault:
            raise CommandError(f"{out} cannot be written: {fault.strerror}") from fault


def _write(kind: str, markets: Iterable[Market], city: City, file: IO[bytes]) -> None:
    if kind == "xlsx":
        applications_as_xlsx(markets, city, file)
        return
    write = applications_as_csv if kind == "csv" else applications_as_json
    for part in write(markets, city):
        file.write(part.encode())
