"""The child processes of `manage.py local run`, and their good order."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.environment import ROOT

STOP_SECONDS = 12.0
OF_THE_DEVELOPER = ("GARAGE_DEBUG", "GARAGE_LOG_LEVEL")


class ChildFailed(Exception):
    """A child ended that should not have; `str()` says which and how."""


@dataclass(frozen=True)
class Child:
    """A process that ends with this one. `name` is what people call it."""

    name: str
    process: subprocess.Popen[bytes]

    def check(self) -> None:
        """Raise ChildFailed if it has ended."""
        if (code := self.process.poll()) is not None:
            raise ChildFailed(f"{self.name} has ended by itself (exit code {code}).")


def clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with `variables` in place of its own AWS and Garage.

    A developer's other credentials, regions and stages must not leak into what
    runs here; how much is logged is theirs to say.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in OF_THE_DEVELOPER
        or not name.startswith(("AWS_", "GARAGE_", "DJANGO_", "GUNICORN_"))
    }
    return {**kept, **variables}


@contextlib.contextmanager
def child(
    name: str,
    *module: str,
    variables: Mapping[str, str],
    log: Path | None = None,
) -> Iterator[Child]:
    """Run `python -m …` for the length of a `with` block, its output to `log` or the terminal."""
    with log.open("wb") if log else contextlib.nullcontext() as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "cloud.local.child", *module],
            cwd=ROOT,
            env=clean_environment(variables),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT if log else None,
            # Ctrl-C is for the parent, which ends its children in the right order.
            start_new_session=True,
        )
    try:
        yield Child(name, process)
    finally:
        if process.stdin:
            # The same sign that the parent's death gives.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def finish(child: Child, log: Path) -> None:
    """Wait until a child has done its work; raise ChildFailed if it could not."""
    if code := child.process.wait():
        last_words = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise ChildFailed(f"{child.name} failed (exit code {code}):\n{last_words}")
