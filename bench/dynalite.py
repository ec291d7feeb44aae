"""Dynalite, an emulator of DynamoDB that counts read units as AWS does."""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager

from cloud.local.ports import LOOPBACK, free_port
from core.environment import ROOT

PROGRAM = ROOT / ".garage/dynalite/node_modules/dynalite/cli.js"
START_SECONDS = 20.0


@contextmanager
def dynalite() -> Generator[str]:
    """Run dynalite with empty tables during the block, and return its URL."""
    node = shutil.which("node")
    if node is None or not PROGRAM.exists():
        raise SystemExit("Dynalite is not installed. `make bench` installs it with npm.")
    port = free_port()
    command = [node, str(PROGRAM), "--host", LOOPBACK, "--port", str(port)]
    command += ["--createTableMs", "0"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, env={"PATH": os.environ["PATH"]}, stdout=subprocess.DEVNULL
    )
    url = f"http://{LOOPBACK}:{port}"
    try:
        wait_until_ready(url, process)
        yield url
    finally:
        process.terminate()
        process.wait()


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - our own address
        except urllib.error.HTTPError:
            return  # it answers, although this is not a valid request
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("Dynalite did not start.") from None
            time.sleep(0.05)
        else:
            return
