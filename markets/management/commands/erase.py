"""`manage.py erase`: erase one merchant, like the page “Delete my account”."""

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
from markets.privacy.leftovers import prove_erasure


class Command(OperatorCommand):
    help = (
        "Erases all personal data of a merchant, ends their sessions and deletes their sign-in."
        " Safe to run again: an interrupted run is completed. Deleting the sign-in needs a key"
        " with access to the user pool, which the site's key does not have. Without it everything"
        " else is erased, and exit code 1 says that the sign-in still exists."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--user", required=True, metavar="SUB", help="the merchant's sub in Cognito"
        )
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument(
            "--dry-run", action="store_true", help="list what would be done and change nothing"
        )
        instead.add_argument(
            "--check",
            action="store_true",
            help="change nothing, and list what is left; exit code 1 if anything is",
        )
        parser.add_argument("--json", action="store_true", help="output for scripts")

    def handle(self, *, user: str, dry_run: bool, check: bool, **options: Any) -> None:
        if check:
            self._check(user, as_json=options["json"])
            return
        person, problem = self._find(user)
        done = self._erase(user, person, dry_run=dry_run, quiet=options["json"])
        if person and not dry_run:
            try:
                account_deletion.delete_sign_in(person)
            except (account_deletion.SignInNotDeleted, NotAllowed) as error:
                problem = str(error)
        sign_in = "not deleted" if problem else ("deleted" if person else "not found")
        if options["json"]:
            result = {
                "userId": user,
                "done": not dry_run,
                "applications": [asdict(each) for each in done],
                "signIn": sign_in,
            }
            self.stdout.write(json.dumps(result, indent=2))
        else:
            would = " would be" if dry_run else ""
            self.stdout.write(f"{len(done)} applications{would} erased; the sign-in: {sign_in}.")
        if problem:
            raise CommandError(f"The sign-in still exists. {problem}")

    def _check(self, user: str, *, as_json: bool) -> None:
        proof = prove_erasure(self.operator, user)
        closed, erased = (
            moment.isoformat(timespec="seconds") if moment else None
            for moment in (proof.closed_at, proof.erased_at)
        )
        left = {name: count for name, count in proof.found.items() if count}
        if as_json:
            result = {"userId": user, "closedAt": closed, "erasedAt": erased, "found": proof.found}
            self.stdout.write(json.dumps(result, indent=2))
        else:
            for name, count in proof.found.items():
                self.stdout.write(f"{name}: {count}")
            self.stdout.write(f"Account closed: {closed or 'no'}. Erased: {erased or 'no'}.")
        if not proof.holds:
            names = ", ".join(f"{count} {name}" for name, count in left.items())
            raise CommandError(
                f"Left: {names}. Run the command again without --check."
                if left
                else "Nothing is left, but the account is not closed."
            )

    def _find(self, user: str) -> tuple[CognitoUser | None, str]:
        """Return the person in the user pool, and why they could not be looked up, if so."""
        try:
            return account_deletion.find_user(user), ""
        except NotAllowed as error:
            return None, str(error)

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
                self.stdout.write(f"{each.reference}: {each.outcome.label.lower()}")
        return done
