"""The environment file of a stage."""

from pathlib import Path

from dotenv import dotenv_values

from cloud.account import AccessKey, Account
from cloud.stacks.outputs import EnvironmentFile, StageOutputs
from tests.account import SessionAccount

KEY = AccessKey("AKIAEXAMPLE", "s3cret/with+signs=")


def outputs_of(account: SessionAccount) -> StageOutputs:
    return StageOutputs(account.operator, "test", account.outputs)


def test_environment_file_is_readable_by_its_owner_only(
    account: SessionAccount, tmp_path: Path
) -> None:
    file = EnvironmentFile(tmp_path / "new" / "test.env")
    variables = outputs_of(account).variables(secret_key="k$ey #1", site_key=KEY)
    file.write(variables)
    assert dotenv_values(file.path) == variables
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_keys_survive_rewrite(account: SessionAccount, tmp_path: Path) -> None:
    path = tmp_path / "test.env"
    drawn = EnvironmentFile(path).secret_key
    EnvironmentFile(path).write(outputs_of(account).variables(secret_key=drawn, site_key=KEY))
    again = EnvironmentFile(path)
    assert (again.secret_key, again.site_key) == (drawn, KEY)


def test_each_stage_has_its_own_secret_key(tmp_path: Path) -> None:
    drawn = {EnvironmentFile(tmp_path / f"{stage}.env").secret_key for stage in "ab"}
    assert len(drawn) == 2
    assert all(len(key) >= 50 for key in drawn)


def test_real_account_uses_aws_addresses() -> None:
    stack = {
        "UserPoolId": "eu-central-1_a",
        "OidcIssuer": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a",
        "OidcUrl": "https://garage-x-1.auth.eu-central-1.amazoncognito.com",
        "MediaUrl": "https://b.s3.eu-central-1.amazonaws.com/public",
    }
    real = StageOutputs(Account(region="eu-central-1"), "x", stack)
    assert real.media_url == stack["MediaUrl"]
    assert real.oidc_url == stack["OidcUrl"]
    assert real.jwks_url == f"{stack['OidcIssuer']}/.well-known/jwks.json"


def test_public_outputs_contain_no_secret(account: SessionAccount) -> None:
    outputs = outputs_of(account)
    printed = str(outputs.public())
    assert account.bucket in printed
    assert outputs.client_id("officers") in printed
    assert outputs.client_secret("officers") not in printed
