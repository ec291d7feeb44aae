"""The processes of Garage on one machine, each of which can be killed and started again."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings

from cloud.account import Account
from cloud.emulator import emulator, emulator_setup, launcher
from cloud.local.local import THREADS
from cloud.local.ports import LOOPBACK, free_port
from cloud.local.processes import Process, answers, run_module
from cloud.stacks import stack
from cloud.stacks.outputs import StageOutputs
from markets.models import Reference
from tests.account import STAGE
from tests.fire.endpoint import forget_clients
from tests.fire.server import site_process

RECOVERY_SECONDS = 30.0
LATE = 30.0  # minutes that the delivery's clock is ahead, so that all mails are due
LATER = 3.0  # more minutes with each start: then what a killed run has claimed is due again


class Service:
    """A process that is started, killed and started again."""

    def __init__(self, run: Callable[[], AbstractContextManager[Process]]) -> None:
        self.run = run
        self.starts = 0
        self.running = ExitStack()

    def start(self) -> None:
        self.process = self.running.enter_context(self.run())
        self.starts += 1

    def kill(self, *children: int) -> None:
        """Kill the process, and then children of it, without a chance to end anything."""
        for pid in (self.process.pid, *children):
            os.kill(pid, signal.SIGKILL)
        self.running.close()

    def close(self) -> None:
        self.running.close()


@dataclass
class Services:
    """The embedded AWS with its state in `folder`, the site at `url`, and the delivery."""

    folder: Path
    url: str
    aws: Service
    site: Service
    delivery: Service

    def kill_site(self) -> None:
        """Kill gunicorn and its worker."""
        self.site.kill(self.worker())

    def kill_worker(self) -> None:
        """Kill gunicorn's worker; gunicorn starts another one."""
        os.kill(self.worker(), signal.SIGKILL)

    def worker(self) -> int:
        """Return the process that answers requests."""
        log = (self.folder / "site.log").read_text()
        return int(re.findall(r"Booting worker with pid: (\d+)", log)[-1])

    def wait_for_delivery(self, seconds: float) -> None:
        """Wait until the delivery says that it has sent something, or for some seconds."""
        log, until = self.folder / "delivery.log", time.monotonic() + seconds
        before = log.stat().st_size
        while log.stat().st_size == before and time.monotonic() < until:
            time.sleep(0.005)

    def wait_for_save(self, seconds: float) -> None:
        """Wait until the embedded AWS begins to save, or for some seconds."""
        state, until = self.folder / "state" / "dynamodb.json", time.monotonic() + seconds
        before = state.stat().st_mtime_ns if state.exists() else 0
        while time.monotonic() < until:
            if state.with_name("dynamodb.json.tmp").exists():
                return
            if state.exists() and state.stat().st_mtime_ns != before:
                return
            time.sleep(0.0005)

    @property
    def account(self) -> Account:
        return emulator.get_running(self.folder).account

    def references(self) -> dict[str, tuple[str, str]]:
        """Return the keys of the applications by reference; the site may not list them."""
        pages = self.account.dynamodb.get_paginator("scan").paginate(
            TableName=Reference.Meta.table_name
        )
        return {
            str(item["reference"]["S"]): (str(item["userId"]["S"]), str(item["marketId"]["S"]))
            for page in pages
            for item in page["Items"]
        }

    def wait_until_ready(self) -> None:
        """Wait until the site answers, and AWS answers it."""
        until = time.monotonic() + RECOVERY_SECONDS
        while not answers(f"{self.url}/readyz"):
            assert time.monotonic() < until, "The site has not recovered."
            time.sleep(0.02)

    def mails(self) -> list[dict[str, str]]:
        """Return all mails that were sent by the embedded AWS."""
        url = f"{self.account.endpoint}/_ministack/ses/messages"
        with urlopen(url) as answer:  # noqa: S310 - our own server
            by_account = json.load(answer)["messages"]
        return [mail for mails in by_account.values() for mail in mails]


@contextmanager
def running_services(folder: Path) -> Iterator[Services]:
    """Run AWS, then (`Services.site`, `Services.delivery`) what its user starts.

    Meanwhile the clients of this process reach this AWS, with the site's key.
    """
    with ExitStack() as running, pytest.MonkeyPatch.context() as patch:
        # Not the one that records the calls of this session.
        patch.setattr(emulator, "LAUNCHER", Path(launcher.__file__))
        aws = Service(lambda: emulator_process(folder))
        running.callback(aws.close)
        aws.start()
        found = emulator.get_running(folder)
        url = f"http://{LOOPBACK}:{free_port()}"
        stage = stack.Stage(name=STAGE, site_url=url)
        outputs = stack.bring_up(found.account, stage)
        key = emulator_setup.site_key(found.account, STAGE, outputs["AppPolicyArn"])
        variables = StageOutputs(found.account, STAGE, outputs).variables(
            secret_key=settings.SECRET_KEY, site_key=key
        )
        for name in ("AWS_ENDPOINT_URL", *key.variables):
            patch.setenv(name, variables[name])
        running.callback(forget_clients)
        forget_clients()
        services = Services(
            folder,
            url,
            aws,
            Service(lambda: site_in(folder, url, variables)),
            Service(lambda: delivery_in(folder, services.delivery.starts, variables)),
        )
        running.callback(services.site.close)
        running.callback(services.delivery.close)
        yield services


@contextmanager
def emulator_process(folder: Path) -> Iterator[Process]:
    with emulator.run_emulator(folder) as started:
        assert started.process
        yield started.process


def site_in(folder: Path, url: str, variables: dict[str, str]) -> AbstractContextManager[Process]:
    return site_process(
        url,
        folder / "site.log",
        "--worker-class=cloud.local.worker.Worker",
        f"--threads={THREADS}",
        "--log-level=info",  # it says the number of the worker's process
        **variables,
    )


def delivery_in(
    folder: Path, starts: int, variables: dict[str, str]
) -> AbstractContextManager[Process]:
    return run_module(
        "The delivery of messages",
        "tests.fire.kills.late_delivery",
        str(LATE + LATER * starts),
        variables={
            **variables,
            "DJANGO_SETTINGS_MODULE": "garage.settings",
            "PYTHONUNBUFFERED": "1",
        },
        log=folder / "delivery.log",
    )
