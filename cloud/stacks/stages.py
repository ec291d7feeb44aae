"""A stage from template to environment file, in whichever kind of account."""

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
    agree: Callable[[list[Change]], bool] = lambda _: True,
    say: Callable[[str], None] = lambda _: None,
) -> StageOutputs:
    """Bring a stage up to date and write the environment file for its site.

    In an embedded account this also makes what the stack cannot, `facebook`
    being the issuer that stands in for it; by default the one that did before.
    `agree` and `say` as in `stack.bring_up`. Raises StackFailed and NothingDone.
    """
    outputs = StageOutputs(
        account, stage.name, stack.bring_up(account, stage, agree=agree, say=say)
    )
    file = EnvironmentFile(stage_file(stage.name))
    if account.is_embedded:
        site_key = provision_emulator(outputs, file.site_key, facebook)
        file.write(outputs.variables(secret_key=file.secret_key, site_key=site_key))
    else:
        # The operator's own key reads the secrets; no copy of them lies about.
        file.write({"AWS_REGION": account.region_name, **outputs.deployed_variables()})
    return outputs


def provision_emulator(
    outputs: StageOutputs, known: AccessKey | None, facebook: str | None
) -> AccessKey:
    """Make what the stack of an embedded account lacks; return the site's key."""
    account, pool = outputs.account, outputs.stack["UserPoolId"]
    emulator_setup.complete_tables(account, outputs.stack)
    if issuer := facebook or emulator_setup.facebook_issuer(account, pool):
        emulator_setup.offer_facebook(account, pool, outputs.client_id("merchants"), issuer)
    return emulator_setup.site_key(account, outputs.stage, outputs.stack["AppPolicyArn"], known)


def find(account: Account, stage: str) -> StageOutputs:
    """Return the outputs of a stage that is there; raise NoStack if it is not."""
    return StageOutputs(account, stage, stack.outputs(account, stage))
