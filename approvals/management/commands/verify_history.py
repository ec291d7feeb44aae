"""`manage.py verify_history`: prove that nobody has tampered with what was decided."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError

from approvals.review.case_file import break_in
from approvals.statistics.queries import count_applications, iter_applications
from core.commands import OperatorCommand
from markets.models import Market, MarketKey
from markets.queries import get_market


class Command(OperatorCommand):
    help = (
        "Proves the history of a market, or of all markets of a city, whole: each record is as"
        " it was written, follows the one before, and the market says what its records tell."
        " Names the first broken link of each and ends with exit code 1 if there is one."
        " Keep the heads that --json prints elsewhere: they tell even if all was rewritten."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--city", metavar="SLUG", help="every market but the drafts")
        what.add_argument("--market", nargs=2, metavar=("USER", "MARKET"), help="this one")
        parser.add_argument("--json", action="store_true", help="for scripts")

    def handle(self, *, city: str | None, market: list[str] | None, **options: Any) -> None:
        checked, broken, heads = 0, [], {}
        for each in self._markets(city, market):
            checked += 1
            heads[each.market_id] = each.history_hash
            if found := break_in(each):
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
            raise CommandError("The history is not whole.")

    def _markets(self, city: str | None, market: list[str] | None) -> Iterator[Market]:
        if market:
            yield get_market(self.operator, MarketKey(*market))
        elif city:
            season = iter_applications(self.operator, city)
            yield from self.with_progress(
                season, count_applications(self.operator, city), "markets"
            )
