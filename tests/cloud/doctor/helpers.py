"""What the tests of examinations share."""

import json
import secrets
from datetime import UTC, datetime, timedelta

from cloud.account import AccessKey, Account
from cloud.doctor.findings import Level, Report
from tests.infra.policies import policy

NOT_HERE = [
    "rights-not-asked",
    "boundary-not-asked",
    "concurrency-not-asked",
    "public-access-not-asked",
]
"""What the embedded AWS cannot show, and says so."""


def names(report: Report, *levels: Level) -> list[str]:
    return [each.name for each in report.findings if not levels or each.level in levels]


def now(**later: int) -> datetime:
    return datetime.now(UTC) + timedelta(**later)


def new_key(account: Account, *documents: str) -> Account:
    """Return the account with a key that has these documents of infra/."""
    user = f"user-{secrets.token_hex(4)}"
    account.iam.create_user(UserName=user)
    for name in documents:
        created = account.iam.create_policy(
            PolicyName=f"{user}-{name}", PolicyDocument=json.dumps(policy(name))
        )
        account.iam.attach_user_policy(UserName=user, PolicyArn=created["Policy"]["Arn"])
    key = account.iam.create_access_key(UserName=user)["AccessKey"]
    return account.using(AccessKey(key["AccessKeyId"], key["SecretAccessKey"]))
