"""`manage.py local run` as a whole: start, kill, restart on another port, end."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from dotenv import dotenv_values

from cloud.emulator import emulator, emulator_setup
from cloud.local.ports import LOOPBACK, free_port, is_free
from cloud.local.processes import clean_environment
from cloud.stacks import stack
from core.environment import ROOT

RUN = (
    "import sys; from pathlib import Path\n"
    "from cloud.local import local; from cloud.stacks import outputs\n"
    "outputs.STATE = Path(sys.argv[1]); local.FOLDER = outputs.STATE / 'local'\n"
    "try: local.run(int(sys.argv[2]), lambda line: print(line, flush=True))\n"
    "except local.CannotRun as why: sys.exit(str(why))\n"
)
"""The command itself, but for where it keeps the state of the checkout."""


def run(state: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", RUN, str(state), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def await_site(process: subprocess.Popen[str]) -> None:
    """Wait until the run prints that the site is ready; an older site may still answer."""
    output = []
    assert process.stdout
    for line in process.stdout:
        output.append(line)
        if "Ctrl-C stops everything" in line:
            return
    pytest.fail("".join(output))


def contents(state: Path) -> tuple[set[str], int, list[str]]:
    """Return users, number of markets and keys of photos in the local stage."""
    account = emulator.get_running(state / "local").account
    outputs = stack.outputs(account, "local")
    listed = account.cognito.list_users(UserPoolId=outputs["UserPoolId"])["Users"]
    users = {
        pair["Value"]
        for user in listed
        for pair in user["Attributes"]
        if pair["Name"] in {"email", "sub"}
    }
    markets = account.dynamodb.scan(TableName=outputs["MarketsTable"], Select="COUNT")["Count"]
    objects = account.s3.list_objects_v2(Bucket=outputs["MediaBucket"], Prefix="public/markets/")
    return users, markets, [found["Key"] for found in objects["Contents"]]


def officers(state: Path) -> list[str]:
    """Return the officers that `manage.py officer list` prints, by the operator's key."""
    listed = subprocess.run(
        [sys.executable, "manage.py", "officer", "list", "--stage=local", "--json"],
        env=clean_environment({"GARAGE_ENV_FILE": str(state / "local.env")}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.returncode == 0, listed.stderr
    return [officer["email"] for officer in json.loads(listed.stdout)]


def end(process: subprocess.Popen[str]) -> None:
    """End the run with SIGTERM, followed by SIGINT."""
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output


@pytest.fixture(name="state")
def state_fixture(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    # Where a test failed half-way, the children end with the process it killed.
    with contextlib.suppress(emulator.EmulatorFailed):
        deadline = time.monotonic() + 30
        while emulator.get_running(tmp_path / "local") and time.monotonic() < deadline:
            time.sleep(0.2)


def test_killed_run_restarts_with_all_data(state: Path) -> None:
    with run(state, free_port()) as first:
        await_site(first)
        before = contents(state)
        users, markets, photos = before
        assert {user.email for user in emulator_setup.DEMO_USERS} <= users
        assert markets >= 35
        assert len(photos) >= 35

        with run(state, free_port()) as second:
            output, _ = second.communicate(timeout=30)
        assert (second.returncode, output.count("\n")) == (1, 1)
        assert f"already runs from this folder (process {first.pid})" in output
        first.kill()

    moved = free_port()
    with run(state, moved) as third:
        await_site(third)
        assert contents(state) == before
        account = emulator.get_running(state / "local").account
        outputs = stack.outputs(account, "local")
        merchants = account.cognito.describe_user_pool_client(
            UserPoolId=outputs["UserPoolId"], ClientId=outputs["MerchantsClientId"]
        )["UserPoolClient"]
        assert merchants["CallbackURLs"] == [f"http://{LOOPBACK}:{moved}/oidc/merchants/callback/"]
        assert merchants["SupportedIdentityProviders"] == ["COGNITO", "Facebook"]
        site = dotenv_values(state / "local.env")
        assert site["GARAGE_SITE_URL"] == f"http://{LOOPBACK}:{moved}"
        assert site["AWS_ACCESS_KEY_ID"] != emulator.ROOT_KEY.id
        with urlopen(f"http://{LOOPBACK}:{moved}/readyz") as ready:
            assert json.load(ready)["status"] == "ok"
        assert officers(state) == ["officer.brasov@example.com", "officer.vienna@example.com"]
        end(third)
    assert is_free(moved)


def test_used_port_is_refused_in_one_line(state: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with run(state, port) as refused:
            output, _ = refused.communicate(timeout=30)
    assert output == f"Port {port} is in use. Choose another: make run PORT={port + 1}\n"
    assert refused.returncode == 1
