"""The documented commands of operators, each under exactly the documented key."""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from approvals.review.notes import add_note
from approvals.review.operations import approve_market
from cloud.emulator import emulator
from cloud.stacks.outputs import EnvironmentFile, StageOutputs
from core import clock
from core.actors import Actor
from core.environment import ROOT
from core.unsaved.models import UnsavedForm
from identity.app_clients import CITY_HALL
from markets.accounts.profiles import save_profile
from markets.cities.queries import get_city, register
from markets.images.storage import publish_photo
from markets.models import Market
from markets.operations import revise_market
from markets.photos.uploads import begin_upload
from tests import factories, images
from tests.account import STAGE, SessionAccount, make_person
from tests.clients import sign_in
from tests.infra.grants import Grant, judge
from tests.infra.policies import policy

PROCESS = Path(__file__).with_name("operator_process.py")
DOCUMENT = (ROOT / "docs" / "operations.md").read_text()
PREFIX = ".venv/bin/python manage.py "
DURING_THE_CALL = datetime(2026, 9, 20, tzinfo=UTC)  # of the documented city
LONG_AGO = datetime(2012, 11, 1, tzinfo=UTC)

Result = tuple[int, str, str]
Run = Callable[[str], Result]

EMBEDDED_ONLY: list[dict[str, Any]] = [
    # The embedded AWS checks neither the identity nor the sender of a mail.
    {"Sid": "SendMail", "Effect": "Allow", "Action": "ses:SendRawEmail", "Resource": "*"},
]

ON_AWS = [("ses:SendRawEmail", "arn:aws:ses:*:*:identity/*")]


def documented(section: str) -> list[str]:
    """Return the commands in the blocks of a section, continued lines in one."""
    text = DOCUMENT.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line.removeprefix(PREFIX) for line in lines if line.startswith(PREFIX)]


FIRST = documented("The first deployment")
DAILY = documented("Daily work")


def record_of(account: SessionAccount) -> Path:
    """Return the file with all calls that the session's account has checked."""
    for folder in Path(tempfile.gettempdir()).glob("garage-test-*"):
        found = emulator.get_recorded(folder)
        if found and found.endpoint == account.operator.endpoint:
            return folder / "calls.jsonl"
    raise LookupError(account.operator.endpoint)


@pytest.fixture(name="run")
def run_fixture(account: SessionAccount, tmp_path: Path) -> Generator[Run]:
    """Run commands as an operator of the stage `dev` in a real account would."""
    iam = account.operator.iam
    document = {**policy("operator"), "Statement": policy("operator")["Statement"] + EMBEDDED_ONLY}
    created = iam.create_policy(PolicyName="operator", PolicyDocument=json.dumps(document))
    iam.create_user(UserName="operator")
    iam.attach_user_policy(UserName="operator", PolicyArn=created["Policy"]["Arn"])
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    file = EnvironmentFile(tmp_path / "dev.env")
    outputs = StageOutputs(account.operator, STAGE, account.outputs)
    file.write({"AWS_REGION": outputs.account.region_name, **outputs.deployed_variables()})
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, PROCESS],
        cwd=tmp_path,
        env={
            **{name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "GARAGE_ENV_FILE": str(file.path),
            "GARAGE_STAGE": "dev",
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    commands, results = process.stdin, process.stdout
    assert commands
    assert results

    def run(command: str) -> Result:
        commands.write(json.dumps(["manage.py", *shlex.split(command)]) + "\n")
        commands.flush()
        code, output, errors = json.loads(results.readline())
        return code, output, errors

    yield run
    commands.close()
    process.wait(timeout=30)
    results.close()


def approved(maria: Actor, city_slug: str) -> Market:
    """Make an approved application with a note of an officer."""
    market = factories.submitted(maria, get_city(city_slug))
    officer = factories.officer(city_slug)
    add_note(officer, city_slug, market.key, note_id="a", text="Came on foot.")
    return approve_market(officer, city_slug, market.key, expected_version=2)


def use_everything(maria: Actor, city_slug: str) -> None:
    """Leave something of a merchant in each table, and files in the bucket."""
    approved(maria, city_slug)
    draft = factories.draft(maria, get_city(city_slug), photos=())
    photo = publish_photo(images.jpeg((640, 480)), market_id=draft.market_id)
    photo.alt_text = "A stall"
    revise_market(maria, draft.key, expected_version=1, details={"photos": (photo,)})
    save_profile(maria, expected_version=0, details={"phone": "+40 268 000 000"})
    begin_upload(maria, draft.key, name="a.jpg", content_type="image/jpeg", size=9)
    now = clock.now()
    UnsavedForm(maria.id, "/x/", fields={"a": ["b"]}, created_at=now, expires_at=now).save()
    sign_in(Client(), sub=maria.id)
    sign_in(Client(), sub=maria.id, cities=[city_slug])


def asked(account: SessionAccount) -> set[Grant]:
    """Return what the operator called, and fail if anything was refused."""
    calls = map(json.loads, record_of(account).read_text().splitlines())
    own = [call for call in calls if call["who"].endswith("user/operator")]
    assert [call for call in own if not call["allowed"]] == []
    return {(call["action"], call["resource"]) for call in own}


@pytest.fixture(name="_no_officers")
def no_officers_fixture(account: SessionAccount) -> None:
    """Delete the group of the documented city, which other tests may have made."""
    cognito = account.operator.cognito
    with suppress(cognito.exceptions.ResourceNotFoundException):
        cognito.delete_group(UserPoolId=account.pool, GroupName=f"{CITY_HALL}brasov")


@pytest.mark.usefixtures("_empty_tables", "_no_officers")
def test_documented_commands_need_exactly_the_operators_policy(
    run: Run, account: SessionAccount
) -> None:
    assert [line.split()[:2] for line in FIRST] == [["city", "register"], ["officer", "invite"]]
    assert len(DAILY) > 10
    results = {line: run(line) for line in FIRST}
    register.forget()  # of this process, which has not seen the command
    factories.registered.append(get_city("brasov"))
    person = make_person(email="officer-and-merchant@brasov.example")
    maria = Actor.merchant(person.sub)
    with clock.freeze(DURING_THE_CALL):
        use_everything(maria, "brasov")
    with clock.freeze(LONG_AGO):
        approved(factories.merchant(), factories.make_city().slug)
    for line in DAILY:
        results[line] = run(line.replace("SUB", maria.id))
    assert {line: result for line, result in results.items() if result[0]} == {}
    # What is granted and what is used are the same, on each resource.
    verdict = judge(policy("operator"), asked(account))
    assert (verdict.unused, verdict.refused) == (ON_AWS, [("ses:SendRawEmail", "*")])
