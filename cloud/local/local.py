"""The whole of Garage on this machine: the embedded AWS, the site, and a stand-in for Facebook.

Everything is a child of this process and ends with it. The embedded AWS starts
first and ends last, so that nobody else's last write is lost.
"""

import contextlib
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Never
from urllib.error import URLError
from urllib.request import urlopen

from dotenv import dotenv_values

from cloud.emulator import emulator, emulator_setup
from cloud.emulator.emulator import Emulator
from cloud.local.ports import LOOPBACK, free_port, is_free
from cloud.local.processes import Child, ChildFailed, child, finish
from cloud.stacks import stack
from cloud.stacks.outputs import StageOutputs, stage_file
from cloud.stacks.stages import provision
from core.environment import STATE

STAGE = "local"
FOLDER = STATE / "local"
SITE_SECONDS = 60.0
PREDECESSOR_SECONDS = 20.0
THREADS = 8
POST_SECONDS = 30  # between two rounds of the post
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

FACEBOOK_PEOPLE = (
    {"sub": "facebook-sofia", "name": "Sofia Radu", "email": "sofia@example.com"},
    # Facebook may know no e-mail address; Garage must then ask for one.
    {"sub": "facebook-tudor", "name": "Tudor Dinu"},
)

Say = Callable[[str], object]


class CannotRun(Exception):
    """Garage cannot start here; `str()` says why and what to do."""


def run(port: int, say: Say) -> None:
    """Run Garage at the port until this process is told to end.

    Raises CannotRun, EmulatorFailed, StackFailed or ChildFailed; by then
    everything that was started has ended.
    """
    for number in ENDINGS:
        signal.signal(number, leave)
    with only_one(port), contextlib.ExitStack() as running:
        try:
            children = start(port, say, running)
            while True:
                for one in children:
                    one.check()
                time.sleep(0.5)
        except KeyboardInterrupt:
            say("\nStopping. Everything is kept for the next start.")
        finally:
            ignore_signals()


def leave(*_: object) -> Never:
    """Begin to end, once: a second Ctrl-C must not cut the saving short."""
    ignore_signals()
    raise KeyboardInterrupt


def ignore_signals() -> None:
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)


def start(port: int, say: Say, running: contextlib.ExitStack) -> list[Child]:
    """Start everything in order; return what must stay alive."""
    site_url = f"http://{LOOPBACK}:{port}"
    say("Starting the embedded AWS …")
    aws, process = emulator.start(FOLDER)
    running.callback(emulator.stop, process)
    facebook_port = free_port(last_facebook_port(aws))

    say("Applying the stack …")
    stage = stack.Stage(name=STAGE, site_url=site_url)
    outputs = provision(aws.account, stage, facebook=f"http://{LOOPBACK}:{facebook_port}")
    variables = {
        name: value for name, value in dotenv_values(stage_file(STAGE)).items() if value is not None
    }
    facebook = running.enter_context(
        child(
            "The stand-in for Facebook",
            "oidc_provider_mock",
            f"--port={facebook_port}",
            *(f"--user-claims={json.dumps(person)}" for person in FACEBOOK_PEOPLE),
            variables={},
            log=log("facebook"),
        )
    )

    say("Publishing static files and drawing the demo …")
    prepare(variables, emulator_setup.ensure_demo_people(aws.account, outputs.stack["UserPoolId"]))

    site = running.enter_context(
        child(
            "The site",
            "gunicorn",
            "garage.wsgi",
            f"--bind={LOOPBACK}:{port}",
            "--worker-class=gthread",
            f"--threads={THREADS}",
            "--graceful-timeout=3",
            "--log-level=warning",
            "--no-control-socket",
            variables=variables,
        )
    )
    await_answer(f"{site_url}/healthz", site)
    postman = running.enter_context(
        child(
            "The delivery of messages",
            *("manage", "deliver_messages", f"--every={POST_SECONDS}"),
            variables=variables,
            log=log("messages"),
        )
    )
    say(banner(outputs))
    return [Child("The embedded AWS", process), facebook, site, postman]


def prepare(variables: dict[str, str], people: dict[str, str]) -> None:
    """Publish the static files as the operator and seed the demo as the site, side by side.

    `people` are e-mail addresses with their `sub`, which the site may not look up.
    """
    as_operator = variables | emulator.ROOT_KEY.variables
    work = {
        "static": child(
            "Publishing the static files",
            *("manage", "collectstatic", "--noinput"),
            variables=as_operator,
            log=log("static"),
        ),
        "demo": child(
            "Seeding the demo",
            *("manage", "demo"),
            *(f"{email}={sub}" for email, sub in people.items()),
            variables=variables,
            log=log("demo"),
        ),
    }
    with contextlib.ExitStack() as both:
        for name, one in [(name, both.enter_context(one)) for name, one in work.items()]:
            finish(one, log(name))


def log(name: str) -> Path:
    return FOLDER / f"{name}.log"


def last_facebook_port(aws: Emulator) -> int | None:
    """Return where the stand-in was before, so that its people stay who they are."""
    try:
        outputs = stack.outputs(aws.account, STAGE)
    except stack.NoStack:
        return None
    return emulator_setup.facebook_port(aws.account, outputs["UserPoolId"])


@contextlib.contextmanager
def only_one(port: int) -> Iterator[None]:
    """Hold this checkout's local stage and make sure of the port, or raise CannotRun.

    The record is emptied in the end. Where it is not, the last run was killed:
    its children are on their way out, and the port is worth waiting for.
    """
    FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (FOLDER / "run.lock").open("a+") as record:
        record.seek(0)
        predecessor = record.read().strip()
        try:
            fcntl.flock(record, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(
                f"Garage already runs from this folder (process {predecessor})."
            ) from None
        patience = time.monotonic() + (PREDECESSOR_SECONDS if predecessor else 0)
        while not is_free(port):
            if time.monotonic() > patience:
                raise CannotRun(f"Port {port} is taken. Choose another: make run PORT={port + 1}")
            time.sleep(0.2)
        record.truncate(0)
        record.write(str(os.getpid()))
        record.flush()
        try:
            yield
        finally:
            record.truncate(0)


def await_answer(url: str, site: Child) -> None:
    """Wait until the site answers there, or raise ChildFailed."""
    deadline = time.monotonic() + SITE_SECONDS
    while time.monotonic() < deadline:
        site.check()
        with contextlib.suppress(URLError, OSError), urlopen(url, timeout=5):  # noqa: S310
            return
        time.sleep(0.1)
    raise ChildFailed(f"{site.name} does not answer at {url}.")


def banner(outputs: StageOutputs) -> str:
    people = "\n".join(
        f"    {person.email:<28}"
        + (f"decides for {', '.join(person.cities)}" if person.cities else "merchant")
        for person in emulator_setup.DEMO_PEOPLE
    )
    site_url = outputs.stack["SiteUrl"]
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    return f"""
  {bold}Garage is at {site_url}{plain}

  Merchants sign in at  {site_url}/sign-in/
  City halls sign in at {site_url}/city-hall/sign-in/

{people}
    Password of all: {emulator_setup.DEMO_PASSWORD}

  Mail goes nowhere but to {outputs.account.endpoint}/_ministack/ses/messages
  Embedded AWS at {outputs.account.endpoint} (manage.py stack outputs --json)
  Ctrl-C stops everything and keeps the data.
"""
