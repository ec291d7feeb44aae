"""Serve MiniStack until its parent ends, and save changes meanwhile.

`cloud.emulator.emulator` runs it by path in the emulator's own Python environment;
it cannot import Garage. MiniStack itself saves its state only at a regular end. Here
a change is in a file `CHECKPOINT_SECONDS` later, and the time that saving takes, so
that a kill -9 loses no more than that. A power cut may lose more: nothing is forced
to the disk.
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
"""Prefixes of the operations that change nothing."""


def changes_state(scope: dict[str, Any]) -> bool:
    """Whether this request may change the state; True in doubt."""
    if scope["type"] != "http":
        return False
    if scope["method"] in {"HEAD", "OPTIONS"}:
        return False
    if scope["method"] == "GET":
        # A federated sign-in creates its user by a GET at its end.
        return bool(scope["path"].startswith("/oauth2/"))
    target = dict(scope["headers"]).get(b"x-amz-target", b"").decode("latin-1")
    return not target.rpartition(".")[2].startswith(READS)


class Checkpoints:
    """Wraps the ASGI application and saves after requests that change the state."""

    def __init__(self, ministack: Any) -> None:
        self.ministack = ministack
        self.changed = asyncio.Event()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await self.ministack.app(scope, receive, send)
        finally:
            if changes_state(scope):
                self.changed.set()

    async def save_changes(self) -> None:
        from ministack.core.persistence import save_all

        while True:
            await self.changed.wait()
            await asyncio.sleep(CHECKPOINT_SECONDS)
            self.changed.clear()
            # On the event loop, so that no request changes a table while it is written.
            # It takes tens of milliseconds for a thousand records.
            save_all(self.ministack._build_persistence_save_dict())  # noqa: SLF001


def claim(folder: Path) -> int:
    """Lock the state folder for this process; wait for an earlier one that is ending.

    Two servers in one folder would overwrite each other's state. The lock ends with
    the process.
    """
    descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"{folder} is in use by another process."))
    signal.setitimer(signal.ITIMER_REAL, LOCK_SECONDS)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return descriptor


async def wait_for_parents_end() -> None:
    """Return when the other end of standard input is closed: the parent has ended."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()


async def serve(port: int, *, checkpoints: bool) -> None:
    import uvicorn
    from ministack import app as ministack

    application = Checkpoints(ministack)
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            host="127.0.0.1",
            port=port,
            ws="none",
            access_log=False,
            log_level="warning",
            # MiniStack sends its own, as AWS does.
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
    )

    def stop(_: object) -> None:
        server.should_exit = True

    parent = asyncio.create_task(wait_for_parents_end())
    parent.add_done_callback(stop)
    saving = asyncio.create_task(application.save_changes()) if checkpoints else None
    # It ends at SIGTERM and SIGINT, too. At the end of the ASGI lifespan MiniStack saves its
    # whole state.
    await server.serve()
    for task in filter(None, (saving, parent)):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="folder for the state")
    parser.add_argument("--volatile", action="store_true", help="save nothing")
    options = parser.parse_args()
    import uvloop

    lock = claim(options.state)
    uvloop.run(serve(options.port, checkpoints=not options.volatile))
    os.close(lock)


if __name__ == "__main__":
    main()
