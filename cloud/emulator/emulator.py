"""MiniStack, the stand-in for AWS on this machine, as a child process."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from cloud.account import EMBEDDED_REGION, AccessKey, Account
from cloud.local.ports import LOOPBACK, free_port
from core.environment import STATE

PYTHON = STATE / "emulator" / "bin" / "python"
"""Its own environment: MiniStack pins its own botocore, and must not lend the
site a package that the site forgot to require."""

LAUNCHER = Path(__file__).with_name("launcher.py")
ROOT_KEY = AccessKey("operator", "not-a-secret")
"""MiniStack believes whoever names its root key, signature or not; it listens on
the loopback interface only. Everybody else's signature is checked, and then
what their policies allow."""

RECORD = "emulator.json"
START_SECONDS = 30.0
STOP_SECONDS = 20.0


class EmulatorFailed(Exception):
    """The stand-in for AWS does not run; `str()` says why and what to do."""


@dataclass(frozen=True)
class Emulator:
    """A running MiniStack that keeps its state in a folder."""

    port: int
    pid: int

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def account(self) -> Account:
        return Account(self.endpoint, EMBEDDED_REGION, ROOT_KEY)

    def answers(self) -> bool:
        try:
            with urlopen(f"{self.endpoint}/_ministack/ready", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)  # noqa: PLR2004
        except (URLError, OSError):
            return False


def recorded(folder: Path) -> Emulator | None:
    """Return the emulator that last ran on this folder, whether or not it still does."""
    try:
        record = json.loads((folder / RECORD).read_text())
        return Emulator(record["port"], record["pid"])
    except (FileNotFoundError, ValueError, KeyError):
        return None  # never, or the power went while it was written


def running(folder: Path) -> Emulator:
    """Return the emulator that runs on this folder now, or raise EmulatorFailed."""
    emulator = recorded(folder)
    if emulator is None or not emulator.answers():
        raise EmulatorFailed("The embedded AWS is not running. `make run` starts it.")
    return emulator


def environment(port: int, folder: Path, *, volatile: bool) -> dict[str, str]:
    """Return all that MiniStack is told: nothing leaks in from whoever starts it."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
        **ROOT_KEY.variables,
        # Without it anonymous writes and any signature are accepted.
        "AUTH": "true",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": LOOPBACK,
        "MINISTACK_HOST": LOOPBACK,
        "MINISTACK_REGION": EMBEDDED_REGION,
        "PERSIST_STATE": "0" if volatile else "1",
        "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": "0" if volatile else "1",
        "S3_DATA_DIR": str(folder / "objects"),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # At start it would remove containers that it takes for its own.
        "DOCKER_HOST": "unix:///nonexistent.sock",
        "LOG_LEVEL": "WARNING",
    }


def start(folder: Path, *, volatile: bool = False) -> tuple[Emulator, subprocess.Popen[bytes]]:
    """Start MiniStack on a folder of state and wait until it answers.

    It listens on the port it had last time if that is still free, so that
    addresses stay what they were. It ends with this process, however that ends:
    the launcher watches the pipe to its standard input. A `volatile` one keeps
    nothing. Raises EmulatorFailed.
    """
    if not PYTHON.exists():
        raise EmulatorFailed(f"{PYTHON} is missing. `make setup` installs it.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = recorded(folder)
    port = free_port(before.port if before else None)
    log = folder / "emulator.log"
    command = [str(PYTHON), "-I", str(LAUNCHER), f"--port={port}", f"--state={folder}"]
    if volatile:
        command.append("--volatile")
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=environment(port, folder, volatile=volatile),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for the parent, which stops this one last.
            start_new_session=True,
        )
    emulator = Emulator(port, process.pid)
    try:
        wait_until_ready(emulator, process, log)
    except BaseException:
        stop(process)
        raise
    (folder / RECORD).write_text(json.dumps(asdict(emulator)))
    return emulator, process


def wait_until_ready(emulator: Emulator, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not emulator.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            last_words = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise EmulatorFailed(f"The embedded AWS did not start; {log} ends with:\n{last_words}")
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End MiniStack in good order: it writes its state and leaves."""
    if process.stdin:
        # The same signal that a parent's death gives.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def emulator(folder: Path, *, volatile: bool = False) -> Iterator[Emulator]:
    """Run MiniStack for the length of a `with` block."""
    started, process = start(folder, volatile=volatile)
    try:
        yield started
    finally:
        stop(process)
