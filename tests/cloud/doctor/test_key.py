"""The rights of a deployer's key, by the simulation of the embedded AWS."""

from fnmatch import fnmatchcase

import pytest

from cloud.account import Account
from cloud.doctor import grants, rights
from cloud.doctor.examined import Examined
from tests.cloud.doctor.helpers import new_key, now
from tests.infra.grants import grants as granted
from tests.infra.policies import DEPLOYER, policy

STAGE = "dev"


def test_rights_that_a_deployer_lacks_are_found(other_account: Account) -> None:
    """The embedded AWS simulates without the keys of conditions; tests on the wire have them."""

    def denied(*documents: str) -> set[str]:
        key = new_key(other_account, *documents, "doctor")
        examined = Examined(key, STAGE, now())
        principal = rights.principal_of(examined)
        assert principal
        grants_ = grants.of_deployers(examined)
        return set(grants.find_denied(principal, grants_, examined))

    everything = denied(*DEPLOYER)
    role = f"arn:aws:iam::000000000000:role/garage-{STAGE}"
    assert {f"iam:PassRole on {role}"} < everything
    assert all(each.endswith(f" on {role}") for each in everything)
    without_site = denied("deployer-stack", "deployer-roles") - everything
    assert (
        f"lambda:CreateFunction on arn:aws:lambda:eu-central-1:000000000000:function:garage-{STAGE}"
        in without_site
    )
    assert {each.partition(":")[0] for each in without_site} == {
        "apigateway", "events", "lambda", "logs",
    }  # fmt: skip


@pytest.mark.parametrize("name", DEPLOYER)
def test_patterns_of_actions_have_samples(name: str) -> None:
    """IAM's simulation refuses a pattern as an action."""
    patterns = {action for action, _resource in granted(policy(name)) if "*" in action}
    assert patterns <= set(grants.SAMPLES)
    for pattern in patterns:
        assert all(fnmatchcase(sample, pattern) for sample in grants.SAMPLES[pattern])
