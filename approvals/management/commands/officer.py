"""`manage.py officer invite|grant|revoke|list`: who is an officer of which city.

It needs an operator's credentials: see `manage.py` and cloud.operator_settings.
"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import CommandError

from core.commands import OperatorCommand
from core.errors import NotFound
from identity.officers import roles
from identity.officers.directory import PoolUser
from identity.officers.invitations import InvitingCity
from identity.officers.roles import Outcome
from markets.cities.models import City
from markets.cities.queries import all_cities, get_city


class Command(OperatorCommand):
    help = "Invites and lists the officers of city halls, grants them cities and revokes them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        invite = actions.add_parser(
            "invite", help="make somebody an officer, and send a mail in the city's language"
        )
        invite.add_argument("--name", default="", help="name of the officer, for a new account")
        invite.add_argument(
            "--resend",
            action="store_true",
            help="send a new temporary password if the last one was never used",
        )
        grant = actions.add_parser("grant", help="give an existing account one city more")
        revoke = actions.add_parser(
            "revoke", help="revoke one city, or all, and end the officer's sessions at once"
        )
        for action in (invite, grant, revoke):
            action.add_argument("email")
            action.add_argument(
                "--city", required=action is not revoke, help="slug of the city, such as brasov"
            )
            action.add_argument(
                "--dry-run", action="store_true", help="only print what would be done"
            )
        listing = actions.add_parser("list", help="print the officers and their cities")
        listing.add_argument("--city", help="only the officers of this city")
        for action in (invite, grant, revoke, listing):
            action.add_argument("--stage", help="default: GARAGE_STAGE, or else local")
            action.add_argument("--json", action="store_true", help="print JSON for scripts")

    def handle(self, *, action: str, stage: str | None, **options: Any) -> None:
        if stage not in {None, settings.GARAGE.stage}:
            # manage.py has chosen the settings by the option; nothing else may call this.
            raise CommandError(f"The settings are those of the stage {settings.GARAGE.stage}.")
        try:
            if action == "list":
                city = get_registered(options["city"]).slug if options["city"] else None
                listed = roles.list_officers(self.operator, city)
                self.print_officers(listed, as_json=options["json"])
            else:
                outcome = self.change(action, **options)
                self.print_outcome(outcome, dry_run=options["dry_run"], as_json=options["json"])
        except (BotoCoreError, ClientError) as failure:
            raise CommandError(f"AWS error: {failure}") from failure

    def change(self, action: str, **options: Any) -> Outcome:
        email, city, dry_run = options["email"], options["city"], options["dry_run"]
        match action:
            case "invite":
                return roles.invite_officer(
                    self.operator,
                    inviting(get_registered(city)),
                    email=email,
                    name=options["name"],
                    resend=options["resend"],
                    dry_run=dry_run,
                )
            case "grant":
                slug = get_registered(city).slug
                return roles.grant_city(self.operator, slug, email=email, dry_run=dry_run)
            case _:
                return roles.revoke_city(self.operator, city, email=email, dry_run=dry_run)

    def print_outcome(self, outcome: Outcome, *, dry_run: bool, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**asdict(outcome), "dryRun": dry_run}, indent=2))
            return
        would = "Would have " if dry_run else ""
        done = ", ".join(outcome.done) or "nothing to do"
        self.stdout.write(f"{outcome.email}: {would}{done}.")

    def print_officers(self, officers: list[PoolUser], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([asdict(officer) for officer in officers], indent=2))
            return
        for officer in officers:
            cities = ", ".join(officer.cities)
            self.stdout.write(f"{officer.email}\t{officer.name}\t{cities}\t{officer.status}")


def get_registered(slug: str) -> City:
    """Return a city, or raise NotFound with the slugs of all."""
    try:
        return get_city(slug)
    except NotFound:
        slugs = ", ".join(sorted(city.slug for city in all_cities())) or "none"
        raise NotFound(f"No city {slug} is registered. Registered: {slugs}.") from None


def inviting(city: City) -> InvitingCity:
    return InvitingCity(
        slug=city.slug, name=city.name, language=city.language, contact=city.contact
    )
