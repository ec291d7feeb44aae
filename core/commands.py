"""What operators' commands share: the actor, errors in one line, progress."""

import sys
from collections.abc import Iterable, Iterator
from getpass import getuser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actors import Actor
from core.dynamodb import as_domain_error
from core.errors import DomainError

STEP = 100  # items between two lines of progress


class OperatorCommand(BaseCommand):
    """A command for operators, who hold the stage's credentials.

    An error is one line on the error stream and exit code 1; a wrong command line is
    exit code 2.
    """

    requires_system_checks = ()

    @property
    def operator(self) -> Actor:
        """The operator: the operating-system account that runs the command."""
        try:
            return Actor.operator(getuser())
        except OSError:  # in a container the user may have a number and no name
            return Actor.operator("unnamed")

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except Exception as fault:
            error = fault if isinstance(fault, DomainError) else as_domain_error(fault)
            if error is None:
                raise
            raise CommandError(str(error)) from fault

    def with_progress[T](self, items: Iterable[T], total: int, what: str) -> Iterator[T]:
        """Yield `items`, and show how many of about `total` there have been.

        Only on a terminal: the error stream of a script stays empty.
        """
        on_terminal = sys.stderr.isatty()
        done = 0
        for item in items:
            yield item
            done += 1
            if on_terminal and done % STEP == 0:
                self.stderr.write(f"\r{done:,} of {max(done, total):,} {what}", ending="")
        if on_terminal:
            self.stderr.write(f"\r{done:,} of {done:,} {what}")
