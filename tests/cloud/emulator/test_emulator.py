"""The embedded AWS as a process: its state, restarts and end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud.account import AccessKey, Account
from cloud.cognito_users import NewUser, ensure_user
from cloud.emulator import emulator
from cloud.emulator.launcher import CHECKPOINT_SECONDS, changes_state

MARIA = NewUser(email="maria@example.com", name="Maria")


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder for the state; end what a failed test left running on it."""
    yield tmp_path
    if left := emulator.get_recorded(tmp_path):
        try:
            os.kill(left.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def create_data(account: Account) -> tuple[str, str]:
    """Create a user, an item and an object; return pool and `sub`."""
    pool = account.cognito.create_user_pool(PoolName="p", UsernameAttributes=["email"])["UserPool"]
    sub = ensure_user(account, pool["Id"], MARIA, "Correct-horse-1")
    account.dynamodb.create_table(
        TableName="things",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
    )
    account.dynamodb.put_item(TableName="things", Item={"k": {"S": "stored"}})
    account.s3.create_bucket(
        Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    account.s3.put_object(Bucket="bucket", Key="a/b.txt", Body=b"light", ContentType="text/plain")
    return pool["Id"], sub


def assert_data_exists(account: Account, pool: str, sub: str) -> None:
    assert ensure_user(account, pool, MARIA, "Correct-horse-1") == sub
    assert account.dynamodb.scan(TableName="things")["Items"] == [{"k": {"S": "stored"}}]
    found = account.s3.get_object(Bucket="bucket", Key="a/b.txt")
    assert (found["Body"].read(), found["ContentType"]) == (b"light", "text/plain")


def is_saved(folder: Path) -> bool:
    """Whether a checkpoint has saved what `create_data` created, table and user."""
    saved = [path.read_text() for path in (folder / "state").glob("*.json")]
    return all(any(value in text for text in saved) for value in ('"stored"', MARIA.email))


def test_restart_keeps_data_and_address(folder: Path) -> None:
    with emulator.run_emulator(folder) as first:
        left = create_data(first.account)
    with emulator.run_emulator(folder) as second:
        assert second.endpoint == first.endpoint
        assert emulator.get_running(folder) == second
        assert_data_exists(second.account, *left)


def test_kill_9_keeps_data_of_last_checkpoint(folder: Path) -> None:
    with emulator.run_emulator(folder) as first:
        left = create_data(first.account)
        deadline = time.monotonic() + CHECKPOINT_SECONDS + 1
        while not is_saved(folder):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(first.pid, signal.SIGKILL)
    with emulator.run_emulator(folder) as second:
        assert_data_exists(second.account, *left)


def test_volatile_emulator_keeps_nothing(folder: Path) -> None:
    with emulator.run_emulator(folder, volatile=True) as first:
        create_data(first.account)
    with emulator.run_emulator(folder, volatile=True) as second:
        assert second.account.dynamodb.list_tables()["TableNames"] == []
        assert second.account.s3.list_buckets()["Buckets"] == []


def test_emulator_saves_and_ends_with_its_parent(folder: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from cloud.emulator import emulator\n"
        "with emulator.run_emulator(Path(sys.argv[1])): print('up', flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", script, folder], stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"up\n"
        orphan = emulator.get_running(folder)
        left = create_data(orphan.account)
        parent.kill()
    deadline = time.monotonic() + 10
    while orphan.answers():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with emulator.run_emulator(folder) as second:
        assert_data_exists(second.account, *left)


def test_next_start_waits_for_saved_state(folder: Path) -> None:
    """The next start begins while the last process is still writing."""
    with emulator.run_emulator(folder) as first:
        left = create_data(first.account)
        assert first.process
        assert first.process.popen.stdin
        first.process.popen.stdin.close()
        with emulator.run_emulator(folder) as second:
            assert first.process.popen.wait(1) == 0
            assert_data_exists(second.account, *left)


def test_unknown_access_key_is_refused(folder: Path) -> None:
    with emulator.run_emulator(folder, volatile=True) as running:
        unknown = running.account.using(AccessKey("AKIAIOSFODNN7EXAMPLE", "guessed"))
        with pytest.raises(ClientError) as refused:
            unknown.dynamodb.list_tables()
        assert refused.value.response["Error"]["Code"] == "UnrecognizedClientException"


def test_emulator_listens_on_one_address_only(folder: Path) -> None:
    with emulator.run_emulator(folder, volatile=True) as running, pytest.raises(OSError):  # noqa: PT011
        # Loopback too, but another address: who listens everywhere listens there.
        socket.create_connection(("127.0.0.2", running.port), timeout=1)


def test_get_running_fails_if_none_runs(folder: Path) -> None:
    with pytest.raises(emulator.EmulatorFailed, match="not running"):
        emulator.get_running(folder)


def request(method: str, path: str = "/", target: str = "") -> dict[str, Any]:
    headers = [(b"x-amz-target", target.encode())] if target else []
    return {"type": "http", "method": method, "path": path, "headers": headers}


@pytest.mark.parametrize(
    ("scope", "changes"),
    [
        (request("POST", target="DynamoDB_20120810.GetItem"), False),
        (request("POST", target="DynamoDB_20120810.Query"), False),
        (request("POST", target="DynamoDB_20120810.PutItem"), True),
        (request("POST", target="DynamoDB_20120810.TransactWriteItems"), True),
        (request("POST", target="AWSCognitoIdentityProviderService.AdminGetUser"), True),
        (request("POST"), True),  # the query protocol, of CloudFormation and IAM
        (request("PUT", "/bucket/key"), True),
        (request("GET", "/bucket/key"), False),
        (request("GET", "/oauth2/idpresponse"), True),
        (request("OPTIONS", "/bucket/key"), False),
        ({"type": "lifespan"}, False),
    ],
)
def test_only_changing_requests_are_saved(scope: dict[str, Any], *, changes: bool) -> None:
    assert changes_state(scope) is changes
