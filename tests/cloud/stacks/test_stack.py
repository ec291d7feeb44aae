"""The stack through CloudFormation: created, changed, unchanged, refused."""

import secrets
from pathlib import Path

import pytest

from cloud.account import Account
from cloud.stacks import stack
from cloud.stacks.stack import FacebookApp, NoStack, StackFailed, Stage
from cloud.stacks.template import TEMPLATE


@pytest.fixture(name="stage")
def stage_fixture() -> str:
    """Return the name of a stage that is not there yet."""
    return f"s{secrets.token_hex(4)}"


def callbacks(other_account: Account, outputs: dict[str, str]) -> list[str]:
    return other_account.cognito.describe_user_pool_client(
        UserPoolId=outputs["UserPoolId"], ClientId=outputs["MerchantsClientId"]
    )["UserPoolClient"]["CallbackURLs"]


def test_callback_urls_follow_site_url(other_account: Account, stage: str) -> None:
    created = stack.bring_up(other_account, Stage(name=stage, site_url="https://old.example"))
    changed = stack.bring_up(other_account, Stage(name=stage, site_url="https://new.example"))
    assert callbacks(other_account, changed) == ["https://new.example/oidc/merchants/callback/"]
    assert changed == {**created, "SiteUrl": "https://new.example"}


def test_omitted_parameters_keep_their_values(other_account: Account, stage: str) -> None:
    created = stack.bring_up(other_account, Stage(name=stage, site_url="https://old.example"))
    assert stack.bring_up(other_account, Stage(name=stage)) == created


def test_new_stage_has_pending_site_url(other_account: Account, stage: str) -> None:
    created = stack.bring_up(other_account, Stage(name=stage))
    assert created["SiteUrl"] == stack.PENDING == "https://not-deployed.invalid"


def test_outputs_of_missing_stage_are_an_error(other_account: Account, stage: str) -> None:
    with pytest.raises(NoStack, match=stage):
        stack.outputs(other_account, stage)


def test_stack_failure_names_failed_resource(
    other_account: Account, stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = {
        "Type": "AWS::Cognito::UserPoolGroup",
        "Properties": {"UserPoolId": "eu-central-1_missing", "GroupName": "g"},
    }
    template = tmp_path / "stack.yaml"
    template.write_text(
        TEMPLATE.read_text().replace("Resources:\n", f"Resources:\n  Odd: {odd}\n", 1)
    )
    monkeypatch.setattr(stack, "TEMPLATE", template)
    with pytest.raises(StackFailed, match=r"failed:\n.*Odd"):
        stack.bring_up(other_account, Stage(name=stage, site_url="https://old.example"))


def test_invalid_template_is_refused_with_message(
    other_account: Account, stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / "stack.yaml"
    template.write_text("Resources: {Odd: {Type: AWS::No::Such}}")
    monkeypatch.setattr(stack, "TEMPLATE", template)
    with pytest.raises(StackFailed, match="AWS::No::Such"):
        stack.bring_up(other_account, Stage(name=stage, site_url="https://old.example"))


def test_parameters_mark_embedded_account(other_account: Account) -> None:
    app = FacebookApp(id="id", secret_name="garage/facebook")
    stage = Stage(name="x", site_url="https://x.example", facebook_app=app)
    assert stage.parameters(other_account) == {
        "Stage": "x",
        "SiteUrl": "https://x.example",
        "Account": "embedded",
        "FacebookAppId": "id",
        # pragma: allowlist nextline secret
        "FacebookAppSecretName": "garage/facebook",
    }
