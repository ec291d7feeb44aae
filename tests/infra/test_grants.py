"""The policy's size, and how unused and missing grants are found (tests/infra/grants.py)."""

from typing import Any

import pytest

from tests.account import SessionAccount
from tests.infra.grants import judge, together
from tests.infra.policies import LARGEST_POLICY, size

TABLE = "arn:aws:dynamodb:eu-central-1:000000000000:table/garage-test-markets"
CALLS = [("dynamodb:GetItem", TABLE), ("dynamodb:Query", f"{TABLE}/index/city")]


def policy(*actions: str, resource: str = f"{TABLE}*") -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource}]}


def test_fully_used_policy_has_no_findings() -> None:
    assert judge(policy("dynamodb:GetItem", "dynamodb:Query"), CALLS).lines() == []


def test_unused_grant_is_reported() -> None:
    granted = policy("dynamodb:GetItem", "dynamodb:Query", "dynamodb:DeleteTable")
    assert judge(granted, CALLS).lines() == [
        f"granted and never used: dynamodb:DeleteTable on {TABLE}*"
    ]


def test_missing_grant_is_reported() -> None:
    assert judge(policy("dynamodb:GetItem"), CALLS).lines() == [
        f"asked for and refused: dynamodb:Query on {TABLE}/index/city"
    ]


def test_calls_of_all_processes_count_as_used() -> None:
    granted = policy("dynamodb:GetItem", "dynamodb:Query")
    records = [{"policy": granted, "calls": [call]} for call in CALLS]
    assert together(records).lines() == []
    assert together(records[:1]).lines() == [f"granted and never used: dynamodb:Query on {TABLE}*"]


def test_records_of_different_runs_are_refused() -> None:
    records = [{"policy": policy(action), "calls": []} for action, _ in CALLS]
    with pytest.raises(ValueError, match="not of one run"):
        together(records)


def test_site_policy_is_within_iam_size_limit(account: SessionAccount) -> None:
    assert size(account.policy()) <= LARGEST_POLICY
