"""MiniStack, which emulates AWS on this machine, as a process."""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cloud.account import EMBEDDED_REGION, AccessKey, Account
from cloud.local.ports import LOOPBACK, free_port
from cloud.local.processes import Process, answers, run_process
from core.environment import STATE

PYTHON = STATE / "emulator" / "bin" / "python"
"""A separate Python environment: MiniStack pins its own botocore, and its packages
must not hide a requirement that the site lacks."""

LAUNCHER = Path(__file__).with_name("launcher.py")
ROOT_KEY = AccessKey("operator", "not-a-secret")
"""MiniStack accepts its root key without a valid signature; it listens on the loopback
interface only. With any other key it checks the signature and the policies."""

RECORD = "emulator.json"


class EmulatorFailed(Exception):
    """The embedded AWS does not run; `str()` says why and what to do."""


@dataclass(frozen=True)
class Emulator:
    """A MiniStack. `process` is None if another process has started it."""

    port: int
    pid: int
    process: Process | None = field(default=None, compare=False)

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def account(self) -> Account:
        return Account(self.endpoint, EMBEDDED_REGION, ROOT_KEY)

    def answers(self) -> bool:
        return answers(ready_url(self.port))


def get_recorded(folder: Path) -> Emulator | None:
    """Return the emulator that last ran with this folder, running or not."""
    try:
        record = json.loads((folder / RECORD).read_text())
        return Emulator(record["port"], record["pid"])
    except (FileNotFoundError, ValueError, KeyError):
        return None  # none yet, or the machine stopped while it was written


def get_running(folder: Path) -> Emulator:
    """Return the emulator that now runs with this folder, or raise EmulatorFailed."""
    emulator = get_recorded(folder)
    if emulator is None or not emulator.answers():
        raise EmulatorFailed("The embedded AWS is not running. `make run` starts it.")
    return emulator


def environment(port: int, folder: Path, *, volatile: bool) -> dict[str, str]:
    """Return the whole environment of MiniStack; nothing of this process's leaks into it."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
        **ROOT_KEY.variables,
        # Without it MiniStack accepts anonymous writes and any signature.
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
        # MiniStack removes Docker containers at its start.
        "DOCKER_HOST": "unix:///nonexistent.sock",
        "LOG_LEVEL": "WARNING",
    }


@contextlib.contextmanager
def run_emulator(folder: Path, *, volatile: bool = False) -> Iterator[Emulator]:
    """Run MiniStack with its state in `folder` for the length of a `with` block.

    It gets its last port if that is still free, so that addresses stay the same. At
    its end it writes its state; a `volatile` one never does. Raises EmulatorFailed
    and ProcessFailed.
    """
    if not PYTHON.exists():
        raise EmulatorFailed(f"{PYTHON} is missing. `make setup` installs it.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    last = get_recorded(folder)
    port = free_port(last.port if last else None)
    command = [str(PYTHON), "-I", str(LAUNCHER), f"--port={port}", f"--state={folder}"]
    if volatile:
        command.append("--volatile")
    with run_process(
        "The embedded AWS",
        command,
        environment=environment(port, folder, volatile=volatile),
        log=folder / "emulator.log",
        is_ready=lambda: answers(ready_url(port)),
    ) as process:
        (folder / RECORD).write_text(json.dumps({"port": port, "pid": process.pid}))
        yield Emulator(port, process.pid, process)


def ready_url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}/_ministack/ready"
