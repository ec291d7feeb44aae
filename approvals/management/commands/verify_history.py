"""`manage.py verify_history`: check that nobody has tampered with the history."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError

from approvals.review.verification import Verified, verify_histories, verify_history
from core.commands import OperatorCommand
from markets.models import MarketKey


class Command(OperatorCommand):
    help = (
        "Checks the history of an application, or of all applications to a city: each record is"
        " unchanged and follows the one before, and the application agrees with its records."
        " Names the first break of each history, and exits with code 1 if there is any."
        " If it is interrupted, it says how to continue."
        " Store the hashes that --json prints in another place: with them one can prove it even"
        " if a whole history was rewritten."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--city", metavar="SLUG", help="all submitted applications to a city")
        what.add_argument("--market", nargs=2, metavar=("USER", "MARKET"), help="one application")
        parser.add_argument(
            "--after",
            metavar="MARKET",
            help="with --city: continue after this application, as an interrupted run said",
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *, city: str | None, market: list[str] | None, **options: Any) -> None:
        if market and options["after"]:
            raise CommandError("--after continues a city; it does not go with --market.")
        found: list[Verified] = []
        try:
            found.extend(self._verified(city, market, options["after"]))
        except (Exception, KeyboardInterrupt) as fault:
            if found and city:
                last = found[-1].key.market_id
                self._report(found, last, as_json=options["json"])
                self.stderr.write(f"It is not finished. To continue: --city {city} --after {last}")
            if isinstance(fault, KeyboardInterrupt):
                raise CommandError("Interrupted.") from None
            raise
        self._report(found, None, as_json=options["json"])
        if any(each.first_break for each in found):
            raise CommandError("The history is broken.")

    def _report(self, found: list[Verified], last: str | None, *, as_json: bool) -> None:
        """Print what was found; `last` is where an unfinished run stopped."""
        broken = [link for each in found for link in _describe(each)]
        if as_json:
            heads = {each.key.market_id: each.head for each in found}
            result = {"checked": len(found), "broken": broken, "heads": heads, "stoppedAfter": last}
            self.stdout.write(json.dumps(result, indent=2))
            return
        for link in broken:
            self.stdout.write("{reference} breaks at version {version}: {fault}".format(**link))
        self.stdout.write(f"{len(found)} checked, {len(broken)} broken.")

    def _verified(
        self, city: str | None, market: list[str] | None, after: str | None
    ) -> Iterator[Verified]:
        if market:
            yield verify_history(self.operator, MarketKey(*market))
        elif city:
            total, verified = verify_histories(self.operator, city, after=after)
            yield from self.with_progress(verified, total, "applications")


def _describe(verified: Verified) -> Iterator[dict[str, Any]]:
    if found := verified.first_break:
        yield {
            "reference": verified.reference,
            "userId": verified.key.user_id,
            "marketId": verified.key.market_id,
            "version": found.version,
            "fault": found.fault,
        }
