"""Processes that end with this one: the one way to start, watch and end them.

Each process reads a pipe on its standard input and ends when the pipe closes.
The pipe closes in `Process.stop`, and also when this process ends, for any reason.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from core.environment import ROOT

START_SECONDS = 60.0
STOP_SECONDS = 20.0
LOG_LINES = 30  # of a log that an error shows
INHERITED = ("GARAGE_DEBUG", "GARAGE_LOG_LEVEL")
"""Variables of Garage that a developer may set for the processes."""


class ProcessFailed(Exception):
    """A process did not start, failed, or ended too early; `str()` says which and how."""


@dataclass(frozen=True)
class Process:
    """A running process. `name` is for messages; without `log` it writes to the terminal."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path | None

    @property
    def pid(self) -> int:
        return self.popen.pid

    def check(self) -> None:
        """Raise ProcessFailed if it has ended."""
        if (code := self.popen.poll()) is not None:
            raise ProcessFailed(f"{self.name} has ended unexpectedly (exit code {code}).")

    def wait_until_ready(self, is_ready: Callable[[], bool]) -> None:
        """Wait until `is_ready` returns True; raise ProcessFailed if that takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            if self.popen.poll() is not None or time.monotonic() > deadline:
                raise ProcessFailed(f"{self.name} did not start.{self._end_of_log()}")
            time.sleep(0.05)

    def wait_until_done(self) -> None:
        """Wait until it ends by itself; raise ProcessFailed unless its exit code is 0."""
        if code := self.popen.wait():
            raise ProcessFailed(f"{self.name} failed (exit code {code}).{self._end_of_log()}")

    def stop(self) -> None:
        """Ask it to end and wait for that; kill it after STOP_SECONDS."""
        if self.popen.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.popen.stdin.close()
        try:
            self.popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    def _end_of_log(self) -> str:
        if self.log is None:
            return ""
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        return "\n".join([f" {self.log} ends with:", *lines])


@contextlib.contextmanager
def run_process(
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path | None = None,
    is_ready: Callable[[], bool] | None = None,
) -> Iterator[Process]:
    """Run a command for the length of a `with` block, which begins when `is_ready` returns True.

    The command must end when its standard input closes. `environment` is its whole
    environment. Raises ProcessFailed if it does not become ready.
    """
    with log.open("wb") if log else contextlib.nullcontext() as output:
        popen = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT if log else None,
            # Ctrl-C must reach this process only: it ends the others in the right order.
            start_new_session=True,
        )
    process = Process(name, popen, log)
    try:
        if is_ready:
            process.wait_until_ready(is_ready)
        yield process
    finally:
        process.stop()


@contextlib.contextmanager
def run_module(
    name: str,
    *module: str,
    variables: Mapping[str, str],
    log: Path | None = None,
    is_ready: Callable[[], bool] | None = None,
) -> Iterator[Process]:
    """Run `python -m …` as `run_process` does, with `variables` in a clean environment."""
    command = [sys.executable, "-m", "cloud.local.run_module", *module]
    environment = clean_environment(variables)
    with run_process(name, command, environment=environment, log=log, is_ready=is_ready) as process:
        yield process


def clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with `variables` instead of its own AWS and Garage ones.

    A developer's other credentials, regions and stages must not leak into local processes.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED or not name.startswith(("AWS_", "GARAGE_", "DJANGO_", "GUNICORN_"))
    }
    return {**inherited, **variables}


def answers(url: str) -> bool:
    """Whether a server answers at the URL with status 200."""
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)  # noqa: PLR2004
    except (URLError, OSError):
        return False
