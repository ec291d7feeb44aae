"""The AWS account of a test session, as a pytest plugin: `-p tests.account`.

One MiniStack for the whole session, with the stack from the template and the
site's own least-privilege key, is up before Django reads its settings. Tests
therefore run under the policy that the site has in production. Each worker of
pytest-xdist is a session of its own: its own MiniStack, site and browser, so
that no test has to care who else is running.

What a test needs of the account beyond the site's own code is below: the
operator's clients, users who can sign in, the stack's outputs.
"""

import contextlib
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import batched
from pathlib import Path
from typing import Any

import pytest

from cloud.account import EMBEDDED_REGION, AccessKey, Account
from cloud.cognito_users import NewUser, ensure_user
from cloud.emulator import emulator, emulator_setup
from cloud.emulator.emulator import ROOT_KEY
from cloud.local.ports import LOOPBACK
from cloud.stacks import stack
from cloud.stacks.outputs import StageOutputs, new_secret_key
from core.environment import ROOT
from tests.infra import grants

STAGE = "test"
LAUNCHER = Path(__file__).with_name("launcher.py")
"""Runs an emulator that records every call and its permission."""

# pragma: allowlist nextline secret
PASSWORD = "correct-horse-battery-staple"
ACCOUNT_VARIABLE = "GARAGE_TEST_ACCOUNT"
"""The variable with the account of a session, for all its processes."""

WORKER = os.environ.get("PYTEST_XDIST_WORKER")
"""The name of this worker; None in the first process."""

running = pytest.StashKey[contextlib.ExitStack]()
"""Ends the account of this process at its close."""


@dataclass(frozen=True)
class SessionAccount:
    """The session's account as its operator holds it, with the root key."""

    operator: Account
    outputs: Mapping[str, str]

    @property
    def pool(self) -> str:
        return self.outputs["UserPoolId"]

    @property
    def bucket(self) -> str:
        return self.outputs["MediaBucket"]

    def policy(self) -> dict[str, Any]:
        """Return the document of the site's policy."""
        arn = self.outputs["AppPolicyArn"]
        policy = self.operator.iam.get_policy(PolicyArn=arn)["Policy"]
        version = self.operator.iam.get_policy_version(
            PolicyArn=arn, VersionId=policy["DefaultVersionId"]
        )
        document: Any = version["PolicyVersion"]["Document"]
        return dict(document)

    def empty_tables(self, *tables: str) -> None:
        """Delete all items, or those of some tables, before a test that reads whatever there is."""
        database = self.operator.dynamodb
        for name in tables or database.list_tables()["TableNames"]:
            schema = database.describe_table(TableName=name)["Table"]["KeySchema"]
            keys = [each["AttributeName"] for each in schema]
            for page in database.get_paginator("scan").paginate(TableName=name):
                for some in batched(page["Items"], 25, strict=False):
                    deletions: Any = [
                        {"DeleteRequest": {"Key": {key: item[key] for key in keys}}}
                        for item in some
                    ]
                    database.batch_write_item(RequestItems={name: deletions})

    @cached_property
    def site(self) -> Account:
        """The account as the site holds it, with the key that tests run under."""
        return self.operator.using(
            AccessKey(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
        )


@cache
def account() -> SessionAccount:
    """Return the account of this session, in each of its processes."""
    account_values = json.loads(os.environ[ACCOUNT_VARIABLE])
    operator = Account(account_values["endpoint"], EMBEDDED_REGION, ROOT_KEY)
    return SessionAccount(operator, account_values["outputs"])


@dataclass(frozen=True, kw_only=True)
class Login:
    """The sign-in of a user at the hosted pages."""

    sub: str
    email: str
    password: str = PASSWORD


def make_person(*cities: str, email: str | None = None, name: str = "Test Person") -> Login:
    """Create a new user in the pool: an officer of `cities`, or a merchant without."""
    email = email or f"{secrets.token_hex(8)}@example.com"
    user = NewUser(email=email, name=name, cities=cities)
    sub = ensure_user(account().operator, account().pool, user, PASSWORD)
    return Login(sub=sub, email=email)


@contextlib.contextmanager
def running_account() -> Generator[dict[str, str]]:
    """Run an account for a session; yield the environment that goes with it."""
    with (
        reserved_port() as port,
        tempfile.TemporaryDirectory(prefix="garage-test-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(emulator, "LAUNCHER", LAUNCHER)
        yield from account_in(Path(folder), port)


@contextlib.contextmanager
def reserved_port() -> Generator[int]:
    """Choose the port of the site beforehand: the hosted pages return to one exact address.

    It is bound without listening, so that the site can use it and the system gives it
    to no other process.
    """
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind((LOOPBACK, 0))
        yield keeper.getsockname()[1]


def account_in(folder: Path, port: int) -> Generator[dict[str, str]]:
    with emulator.run_emulator(folder, volatile=True) as started:
        stage = stack.Stage(name=STAGE, site_url=f"http://localhost:{port}")
        outputs = stack.bring_up(started.account, stage)
        emulator_setup.complete_tables(started.account, outputs)
        key = emulator_setup.site_key(started.account, STAGE, outputs["AppPolicyArn"])
        account_values = {"endpoint": started.endpoint, "outputs": outputs}
        yield {
            **StageOutputs(started.account, STAGE, outputs).variables(
                secret_key=new_secret_key(), site_key=key
            ),
            # No variable comes from a developer's own stage.
            "GARAGE_ENV_FILE": os.devnull,
            ACCOUNT_VARIABLE: json.dumps(account_values),
        }
        policy = SessionAccount(started.account, outputs).policy()
        principal = f"user/garage-{STAGE}-site"
        grants.write(WORKER or "all", policy, folder / "calls.jsonl", principal)


def enter(environment: Mapping[str, str]) -> None:
    """Make it this process's environment, without the developer's own variables."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "GARAGE_"))]:
        del os.environ[name]
    os.environ.update(environment)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the account before pytest-django, one of the wrapped, reads the settings."""
    options = early_config.known_args_namespace
    if ACCOUNT_VARIABLE in os.environ or options.help or options.version:
        return (yield)
    if WORKER is None:
        grants.forget()
    if WORKER is None and options.numprocesses:
        # It runs no test, but loads the settings.
        enter({"GARAGE_ENV_FILE": str(ROOT / ".env.example")})
    else:
        session = early_config.stash[running] = contextlib.ExitStack()
        early_config.add_cleanup(session.close)
        enter(session.enter_context(running_account()))
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the account early: pytest-xdist interrupts a worker soon after its last test."""
    if started := session.config.stash.get(running, None):
        started.close()


@pytest.fixture(scope="session", name="account")
def account_fixture() -> SessionAccount:
    return account()
