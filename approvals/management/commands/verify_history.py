"""`manage.py verify_history`: check that nobody has tampered with the history."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError

from approvals.review.case_file import find_break
from approvals.statistics.queries import count_applications, iter_applications
from core.commands import OperatorCommand
from markets.models import Market, MarketKey
from markets.queries import get_market


class Command(OperatorCommand):
    help = (
        "Checks the history of an application, or of all applications to a city: each record is"
        " unchanged and follows the one before, and the application agrees with its records."
        " Names the first break of each history, and exits with code 1 if there is any."
        " Store the hashes that --json prints in another place: with them one can prove it even"
        " if a whole history was rewritten."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--city", metavar="SLUG", help="all submitted applications to a city")
        what.add_argument("--market", nargs=2, metavar=("USER", "MARKET"), help="one application")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *, city: str | None, market: list[str] | None, **options: Any) -> None:
        checked, broken, heads = 0, [], {}
        for each in self._markets(city, market):
            checked += 1
            heads[each.market_id] = each.history_hash
            if found := find_break(each):
                broken.append(
                    {
                        "reference": each.reference,
                        "userId": each.user_id,
                        "marketId": each.market_id,
                        "version": found.version,
                        "fault": found.fault,
                    }
                )
        if options["json"]:
            self.stdout.write(
                json.dumps({"checked": checked, "broken": broken, "heads": heads}, indent=2)
            )
        else:
            for link in broken:
                self.stdout.write("{reference} breaks at version {version}: {fault}".format(**link))
            self.stdout.write(f"{checked} checked, {len(broken)} broken.")
        if broken:
            raise CommandError("The history is broken.")

    def _markets(self, city: str | None, market: list[str] | None) -> Iterator[Market]:
        if market:
            yield get_market(self.operator, MarketKey(*market))
        elif city:
            yield from self.with_progress(
                iter_applications(self.operator, city),
                count_applications(self.operator, city),
                "applications",
            )
