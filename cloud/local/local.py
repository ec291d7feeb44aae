"""The whole of Garage on this machine: the embedded AWS, the site, and a stand-in for Facebook.

Every process is started by this one and ends with it. The embedded AWS starts
first and ends last, so that it saves the last writes of the others.
"""

import contextlib
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Never

from dotenv import dotenv_values

from cloud.emulator import emulator, emulator_setup
from cloud.emulator.emulator import Emulator
from cloud.local.ports import LOOPBACK, free_port, is_free
from cloud.local.processes import Process, answers, run_module
from cloud.stacks import stack
from cloud.stacks.outputs import StageOutputs, stage_file
from cloud.stacks.stages import provision
from core.environment import STATE

STAGE = "local"
FOLDER = STATE / "local"
PREVIOUS_RUN_SECONDS = 20.0
THREADS = 8
DELIVERY_SECONDS = 30  # between two deliveries of messages
END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

FACEBOOK_USERS = (
    {"sub": "facebook-sofia", "name": "Sofia Radu", "email": "sofia@example.com"},
    # Facebook may have no e-mail address; Garage must then ask for one.
    {"sub": "facebook-tudor", "name": "Tudor Dinu"},
)

Report = Callable[[str], object]


class CannotRun(Exception):
    """Garage cannot start; `str()` says why and what to do."""


def run(port: int, report: Report) -> None:
    """Run Garage at the port until this process gets a signal to end.

    Raises CannotRun, EmulatorFailed, StackFailed or ProcessFailed, after every
    process that it had started has ended.
    """
    for number in END_SIGNALS:
        signal.signal(number, interrupt)
    with lock_stage(port), contextlib.ExitStack() as running:
        try:
            processes = start(port, report, running)
            while True:
                for process in processes:
                    process.check()
                time.sleep(0.5)
        except KeyboardInterrupt:
            report("\nStopping. All data is saved for the next start.")
        finally:
            ignore_signals()


def interrupt(*_: object) -> Never:
    """Raise KeyboardInterrupt once: a second Ctrl-C must not interrupt the saving."""
    ignore_signals()
    raise KeyboardInterrupt


def ignore_signals() -> None:
    for number in END_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def start(port: int, report: Report, running: contextlib.ExitStack) -> list[Process]:
    """Start everything in order; return the processes that must stay alive."""
    site_url = f"http://{LOOPBACK}:{port}"
    report("Starting the embedded AWS …")
    aws = running.enter_context(emulator.run_emulator(FOLDER))
    facebook_port = free_port(get_last_facebook_port(aws))
    facebook_url = f"http://{LOOPBACK}:{facebook_port}"

    report("Applying the stack …")
    outputs = provision(
        aws.account, stack.Stage(name=STAGE, site_url=site_url), facebook=facebook_url
    )
    variables = {
        name: value for name, value in dotenv_values(stage_file(STAGE)).items() if value is not None
    }
    facebook = running.enter_context(
        run_module(
            "The stand-in for Facebook",
            "oidc_provider_mock",
            f"--port={facebook_port}",
            *(f"--user-claims={json.dumps(claims)}" for claims in FACEBOOK_USERS),
            variables={},
            log=log_file("facebook"),
        )
    )

    report("Publishing static files and creating the demo data …")
    prepare(variables, emulator_setup.ensure_demo_users(aws.account, outputs.stack["UserPoolId"]))

    site = running.enter_context(
        run_module(
            "The site",
            "gunicorn",
            "garage.wsgi",
            f"--bind={LOOPBACK}:{port}",
            "--worker-class=cloud.local.worker.Worker",
            f"--threads={THREADS}",
            "--graceful-timeout=3",
            "--log-level=warning",
            "--no-control-socket",
            variables=variables,
            is_ready=partial(answers, f"{site_url}/healthz"),
        )
    )
    delivery = running.enter_context(
        run_module(
            "The delivery of messages",
            *("manage", "deliver_messages", f"--every={DELIVERY_SECONDS}"),
            variables=variables,
            log=log_file("messages"),
        )
    )
    report(banner(outputs))
    return [*filter(None, [aws.process]), facebook, site, delivery]


def prepare(variables: dict[str, str], subs: dict[str, str]) -> None:
    """Publish the static files as the operator and fill in the demo as the site, in parallel.

    `subs` maps the demo users' e-mail addresses to their `sub`, which the site may
    not look up.
    """
    static_files = run_module(
        "Publishing the static files",
        *("manage", "collectstatic", "--noinput"),
        variables=variables | emulator.ROOT_KEY.variables,
        log=log_file("static"),
    )
    demo = run_module(
        "Creating the demo data",
        *("manage", "demo"),
        *(f"{email}={sub}" for email, sub in subs.items()),
        variables=variables,
        log=log_file("demo"),
    )
    with static_files as one, demo as other:
        one.wait_until_done()
        other.wait_until_done()


def log_file(name: str) -> Path:
    return FOLDER / f"{name}.log"


def get_last_facebook_port(aws: Emulator) -> int | None:
    """Return the port of the last run's stand-in: with the same issuer its users stay the same."""
    try:
        outputs = stack.outputs(aws.account, STAGE)
    except stack.NoStack:
        return None
    return emulator_setup.facebook_port(aws.account, outputs["UserPoolId"])


@contextlib.contextmanager
def lock_stage(port: int) -> Iterator[None]:
    """Lock this checkout's local stage and check that the port is free, or raise CannotRun.

    A run empties the lock file at its end. A file with a process id is from a run
    that was killed: its processes are ending, so this waits for the port.
    """
    FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (FOLDER / "run.lock").open("a+") as lock:
        lock.seek(0)
        previous = lock.read().strip()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(f"Garage already runs from this folder (process {previous}).") from None
        deadline = time.monotonic() + (PREVIOUS_RUN_SECONDS if previous else 0)
        while not is_free(port):
            if time.monotonic() > deadline:
                raise CannotRun(f"Port {port} is in use. Choose another: make run PORT={port + 1}")
            time.sleep(0.2)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def banner(outputs: StageOutputs) -> str:
    users = "\n".join(
        f"    {user.email:<28}"
        + (f"officer of {', '.join(user.cities)}" if user.cities else "merchant")
        for user in emulator_setup.DEMO_USERS
    )
    site_url = outputs.stack["SiteUrl"]
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    return f"""
  {bold}Garage is at {site_url}{plain}

  Merchants sign in at  {site_url}/sign-in/
  City halls sign in at {site_url}/city-hall/sign-in/

{users}
    Password of all: {emulator_setup.DEMO_PASSWORD}

  Mails are not sent; read them at {outputs.account.endpoint}/_ministack/ses/messages
  Embedded AWS at {outputs.account.endpoint} (manage.py stack outputs --json)
  Ctrl-C stops everything and keeps the data.
"""
