"""The AWS account of a test session, as a pytest plugin: `-p tests.account`.

One MiniStack for the whole session, with the stack from the template and the
site's own least-privilege key, is up before Django reads its settings. Tests
therefore run under the policy that the site has in production. Each worker of
pytest-xdist is a session of its own: its own MiniStack, site and browser, so
that no test has to care who else is running.

What a test needs of the account beyond the site's own code is below: the
operator's clients, people who can sign in, the stack's outputs.
"""

import contextlib
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import cache
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
"""Serves an emulator that writes down who asks leave for what."""

PASSWORD = "correct-horse-battery-staple"
HANDED_DOWN = "GARAGE_TEST_ACCOUNT"
"""Variable by which the processes of one session know its account."""

WORKER = os.environ.get("PYTEST_XDIST_WORKER")
"""Which worker this process is; None for the one that a person started."""

running = pytest.StashKey[contextlib.ExitStack]()
"""What ends the account of this process."""


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

    @property
    def site(self) -> Account:
        """The account as the site holds it, with the key that tests run under."""
        return self.operator.using(
            AccessKey(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
        )


@cache
def account() -> SessionAccount:
    """Return the account of this session, in whichever of its processes."""
    handed_down = json.loads(os.environ[HANDED_DOWN])
    operator = Account(handed_down["endpoint"], EMBEDDED_REGION, ROOT_KEY)
    return SessionAccount(operator, handed_down["outputs"])


@dataclass(frozen=True, kw_only=True)
class Login:
    """Somebody who can sign in at the hosted pages."""

    sub: str
    email: str
    password: str = PASSWORD


def make_person(*cities: str, email: str | None = None, name: str = "Test Person") -> Login:
    """Make somebody new in the pool: an officer of `cities`, or else a merchant."""
    email = email or f"{secrets.token_hex(8)}@example.com"
    user = NewUser(email=email, name=name, cities=cities)
    sub = ensure_user(account().operator, account().pool, user, PASSWORD)
    return Login(sub=sub, email=email)


@contextlib.contextmanager
def running_account() -> Generator[dict[str, str]]:
    """Run an account for a session; yield the environment that goes with it."""
    with (
        kept_port() as port,
        tempfile.TemporaryDirectory(prefix="garage-test-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(emulator, "LAUNCHER", LAUNCHER)
        yield from account_in(Path(folder), port)


@contextlib.contextmanager
def kept_port() -> Generator[int]:
    """Choose the port of the site beforehand: the hosted pages return to one exact address.

    It is bound and not listened at, so that the site can have it and the system
    gives it to nobody else.
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
        handed_down = {"endpoint": started.endpoint, "outputs": outputs}
        yield {
            **StageOutputs(started.account, STAGE, outputs).variables(
                secret_key=new_secret_key(), site_key=key
            ),
            # No developer's own stage fills in what this one lacks.
            "GARAGE_ENV_FILE": os.devnull,
            HANDED_DOWN: json.dumps(handed_down),
        }
        policy = SessionAccount(started.account, outputs).policy()
        principal = f"user/garage-{STAGE}-site"
        grants.write(WORKER or "all", policy, folder / "calls.jsonl", principal)


def enter(environment: Mapping[str, str]) -> None:
    """Make it this process's environment, with nothing left of the developer's own."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "GARAGE_"))]:
        del os.environ[name]
    os.environ.update(environment)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the account before pytest-django, one of the wrapped, reads the settings."""
    options = early_config.known_args_namespace
    if HANDED_DOWN in os.environ or options.help or options.version:
        return (yield)
    if WORKER is None:
        grants.forget()
    if WORKER is None and options.numprocesses:
        # It runs no test, but reads the settings.
        enter({"GARAGE_ENV_FILE": str(ROOT / ".env.example")})
    else:
        session = early_config.stash[running] = contextlib.ExitStack()
        early_config.add_cleanup(session.close)
        enter(session.enter_context(running_account()))
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the account while there is time: a worker that has finished is soon interrupted."""
    if started := session.config.stash.get(running, None):
        started.close()


@pytest.fixture(scope="session", name="account")
def account_fixture() -> SessionAccount:
    return account()
