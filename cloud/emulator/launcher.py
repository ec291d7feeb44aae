"""Serve MiniStack until the parent is gone, saving what changes as it goes.

Runs in the emulator's own environment, by path, with nothing of Garage on the
import path; `cloud.emulator.emulator` starts it. By itself MiniStack writes its
state only when it stops in good order; here a change is on disk at most
`CHECKPOINT_SECONDS` after it was made, so that a power cut or a kill -9 costs
no more than that.
"""

import argparse
import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from pathlib import Path
from typing import Any

CHECKPOINT_SECONDS = 2.0
LOCK_SECONDS = 20.0
READS = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List", "Head")
"""How the names of operations begin that change nothing."""


def changes_state(scope: dict[str, Any]) -> bool:
    """Whether this request may leave something to save; doubt counts as yes."""
    if scope["type"] != "http":
        return False
    if scope["method"] in {"HEAD", "OPTIONS"}:
        return False
    if scope["method"] == "GET":
        # The way back from a federated sign-in makes the person by GET.
        return bool(scope["path"].startswith("/oauth2/"))
    target = dict(scope["headers"]).get(b"x-amz-target", b"").decode("latin-1")
    return not target.rpartition(".")[2].startswith(READS)


class Checkpoints:
    """Wraps the ASGI application and saves after requests that change something."""

    def __init__(self, ministack: Any) -> None:
        self.ministack = ministack
        self.changed = asyncio.Event()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await self.ministack.app(scope, receive, send)
        finally:
            if changes_state(scope):
                self.changed.set()

    async def keep_saving(self) -> None:
        from ministack.core.persistence import save_all

        while True:
            await self.changed.wait()
            await asyncio.sleep(CHECKPOINT_SECONDS)
            self.changed.clear()
            # On the event loop on purpose: no request can change a table while
            # it is written. Tens of milliseconds at a thousand records.
            save_all(self.ministack._build_persistence_save_dict())  # noqa: SLF001


def claim(folder: Path) -> int:
    """Hold the state folder for this process; wait for a predecessor that is ending.

    Two servers on one folder would overwrite each other. The lock goes with the
    process, however it ends.
    """
    descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"{folder} is in use by another process."))
    signal.setitimer(signal.ITIMER_REAL, LOCK_SECONDS)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return descriptor


async def orphaned() -> None:
    """Return when the other end of standard input is closed: the parent has gone."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()


async def serve(port: int, *, checkpoints: bool) -> None:
    from hypercorn.asyncio import serve as hypercorn
    from hypercorn.config import Config
    from ministack import app as ministack

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.graceful_timeout = 1
    config.keep_alive_timeout = 75
    config.accesslog = None
    config.errorlog = "-"
    config.loglevel = "WARNING"

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parent = asyncio.create_task(orphaned())
    parent.add_done_callback(lambda _: stop.set())

    application = Checkpoints(ministack)
    saving = asyncio.create_task(application.keep_saving()) if checkpoints else None
    # At the end of the ASGI lifespan MiniStack itself saves everything.
    await hypercorn(application, config, shutdown_trigger=stop.wait)
    for task in filter(None, (saving, parent)):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="folder for the state")
    parser.add_argument("--volatile", action="store_true", help="keep nothing")
    options = parser.parse_args()
    lock = claim(options.state)
    asyncio.run(serve(options.port, checkpoints=not options.volatile))
    os.close(lock)


if __name__ == "__main__":
    main()
