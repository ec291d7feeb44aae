"""What commands of operators share: who acts, refusals in one line, progress."""

import sys
from collections.abc import Iterable, Iterator
from getpass import getuser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actors import Actor
from core.dynamodb import as_domain_error
from core.errors import DomainError

STEP = 100  # things between two signs of life


class OperatorCommand(BaseCommand):
    """A command of whoever holds the stage's key.

    What Garage refuses is one line on the error stream and exit code 1; what
    the command line lacks or misspells is exit code 2.
    """

    requires_system_checks = ()

    @property
    def operator(self) -> Actor:
        """The account of the operating system that runs the command."""
        try:
            return Actor.operator(getuser())
        except OSError:  # a container may run as a number that has no name
            return Actor.operator("unnamed")

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except Exception as fault:
            error = fault if isinstance(fault, DomainError) else as_domain_error(fault)
            if error is None:
                raise
            raise CommandError(str(error)) from fault

    def counted[T](self, things: Iterable[T], of: int, what: str) -> Iterator[T]:
        """Hand on `things`, telling how many of about `of` there were so far.

        Only to somebody who watches: the error stream of a script stays empty.
        """
        watched = sys.stderr.isatty()
        done = 0
        for thing in things:
            yield thing
            done += 1
            if watched and done % STEP == 0:
                self.stderr.write(f"\r{done:,} of {max(done, of):,} {what}", ending="")
        if watched:
            self.stderr.write(f"\r{done:,} of {done:,} {what}")
