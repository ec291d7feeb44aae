"""`manage.py stack`, with an embedded account in the operator's environment."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from dotenv import dotenv_values

from garage.cloud import outputs
from garage.cloud.account import Account
from garage.cloud.management.commands.stack import Command

STAGE = "ops"
SITE_URL = "https://ops.example"


@pytest.fixture(autouse=True)
def _as_operator(other_account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(other_account.endpoint))
    for name, value in other_account.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(outputs, "STATE", tmp_path)


@pytest.fixture(name="written")
def written_fixture(_as_operator: None, tmp_path: Path) -> dict[str, str | None]:
    """Bring the stage up; return the environment file that this wrote."""
    assert stack("up", "--stage", STAGE, "--site-url", SITE_URL) == (
        f"garage-{STAGE} is up; {tmp_path / f'{STAGE}.env'} is written.\n"
    )
    return dotenv_values(tmp_path / f"{STAGE}.env")


def stack(*arguments: str) -> str:
    said = StringIO()
    call_command(Command(stdout=said), *arguments)
    return said.getvalue()


def test_up_writes_the_environment_file(
    written: dict[str, str | None], other_account: Account
) -> None:
    assert written["GARAGE_SITE_URL"] == SITE_URL
    assert written["AWS_ENDPOINT_URL"] == other_account.endpoint
    assert written["AWS_ACCESS_KEY_ID"] != other_account.variables["AWS_ACCESS_KEY_ID"]


def test_up_again_keeps_address_and_keys(written: dict[str, str | None], tmp_path: Path) -> None:
    stack("up", "--stage", STAGE)
    assert dotenv_values(tmp_path / f"{STAGE}.env") == written


def test_outputs_for_scripts(written: dict[str, str | None], other_account: Account) -> None:
    said = json.loads(stack("outputs", "--json", "--stage", STAGE))
    assert said["endpoint"] == other_account.endpoint
    assert said["userPoolId"] == written["GARAGE_USER_POOL_ID"]
    assert said["bucket"] == written["GARAGE_MEDIA_BUCKET"]
    assert said["tables"]["markets"] == f"garage-{STAGE}-markets"
    assert said["clients"] == {
        "merchants": written["GARAGE_MERCHANTS_CLIENT_ID"],
        "officers": written["GARAGE_OFFICERS_CLIENT_ID"],
    }


def test_outputs_for_people(written: dict[str, str | None]) -> None:
    said = stack("outputs", "--stage", STAGE)
    assert f"bucket: {written['GARAGE_MEDIA_BUCKET']}\n" in said
    assert f"clients.officers: {written['GARAGE_OFFICERS_CLIENT_ID']}\n" in said


def test_status(written: dict[str, str | None]) -> None:
    assert stack("status", "--stage", STAGE) in {"CREATE_COMPLETE\n", "UPDATE_COMPLETE\n"}


def test_a_stage_that_is_not_there() -> None:
    with pytest.raises(CommandError, match="no stack garage-nowhere"):
        stack("status", "--stage", "nowhere")


def test_the_site_is_no_operator(
    written: dict[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, str(written[name]))
    with pytest.raises(CommandError, match=r"AWS says: .*not authorized"):
        stack("up", "--stage", STAGE)
