"""`manage.py erase`: forget one person, as their own page does."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from core.commands import OperatorCommand
from core.errors import NotAllowed
from identity import account_deletion
from identity.cognito import CognitoUser
from markets.privacy.erasure import Erasure, erase_person, plan_erasure


class Command(OperatorCommand):
    help = (
        "Erases all that Garage keeps of a merchant, ends their sessions and deletes their"
        " sign-in. Safe to run again: what broke off is finished. The sign-in takes a key that"
        " may look into the user pool, which the site's own may not; without one everything"
        " else is erased, and exit code 1 tells that the sign-in is still there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, metavar="SUB", help="as Cognito names them")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument("--json", action="store_true", help="for scripts")

    def handle(self, *, user: str, dry_run: bool, **options: Any) -> None:
        person, stays = self._find(user)
        done = self._erase(user, person, dry_run=dry_run, quiet=options["json"])
        if person and not dry_run:
            try:
                account_deletion.delete_sign_in(person)
            except (account_deletion.SignInNotDeleted, NotAllowed) as refusal:
                stays = str(refusal)
        sign_in = "stays" if stays else ("deleted" if person else "not there")
        if options["json"]:
            facts = {
                "userId": user,
                "done": not dry_run,
                "applications": [asdict(each) for each in done],
                "signIn": sign_in,
            }
            self.stdout.write(json.dumps(facts, indent=2))
        else:
            would = " would be" if dry_run else ""
            self.stdout.write(f"{len(done)} applications{would} erased; the sign-in: {sign_in}.")
        if stays:
            raise CommandError(f"The sign-in is still there. {stays}")

    def _find(self, user: str) -> tuple[CognitoUser | None, str]:
        """Return who it is in the pool, and why nobody can tell, if nobody can."""
        try:
            return account_deletion.find_user(user), ""
        except NotAllowed as refusal:
            return None, str(refusal)

    def _erase(
        self, user: str, person: CognitoUser | None, *, dry_run: bool, quiet: bool
    ) -> list[Erasure]:
        plan = plan_erasure(self.operator, user)
        steps = (
            plan
            if dry_run
            else erase_person(self.operator, user, email=person.email if person else "")
        )
        done = []
        for each in self.with_progress(steps, len(plan), "applications"):
            done.append(each)
            if not quiet:
                self.stdout.write(f"{each.reference}: {each.fate.label.lower()}")
        return done
