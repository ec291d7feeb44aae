"""A stage from template to environment file, on the embedded AWS or a real account."""

from collections.abc import Callable

from cloud.account import AccessKey, Account
from cloud.emulator import emulator_setup
from cloud.stacks import stack
from cloud.stacks.change_sets import Change
from cloud.stacks.outputs import EnvironmentFile, StageOutputs, stage_file


def provision(
    account: Account,
    stage: stack.Stage,
    *,
    facebook: str | None = None,
    confirm: Callable[[list[Change]], bool] = lambda _: True,
    report: Callable[[str], None] = lambda _: None,
) -> StageOutputs:
    """Create or update a stage and write the environment file for its site.

    On the embedded AWS this also creates what the stack lacks there; `facebook` is
    the issuer that stands in for Facebook, by default the previous one. `confirm`
    and `report` as in `stack.bring_up`. Raises StackFailed and NotConfirmed.
    """
    outputs = StageOutputs(
        account, stage.name, stack.bring_up(account, stage, confirm=confirm, report=report)
    )
    file = EnvironmentFile(stage_file(stage.name))
    if account.is_embedded:
        site_key = provision_emulator(outputs, file.site_key, facebook)
        file.write(outputs.variables(secret_key=file.secret_key, site_key=site_key))
    else:
        # No secrets in the file: the operator's own key reads them from Secrets Manager.
        file.write({"AWS_REGION": account.region_name, **outputs.deployed_variables()})
    return outputs


def provision_emulator(
    outputs: StageOutputs, known: AccessKey | None, facebook: str | None
) -> AccessKey:
    """Create what the stack lacks on the embedded AWS; return the site's key."""
    account, pool = outputs.account, outputs.stack["UserPoolId"]
    emulator_setup.complete_tables(account, outputs.stack)
    if issuer := facebook or emulator_setup.facebook_issuer(account, pool):
        emulator_setup.offer_facebook(account, pool, outputs.client_id("merchants"), issuer)
    return emulator_setup.site_key(account, outputs.stage, outputs.stack["AppPolicyArn"], known)


def get_outputs(account: Account, stage: str) -> StageOutputs:
    """Return the outputs of an existing stage, or raise NoStack."""
    return StageOutputs(account, stage, stack.outputs(account, stage))
