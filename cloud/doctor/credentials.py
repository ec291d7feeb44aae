"""The operator's credentials, region and clock: without them nothing else can be asked."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud.doctor.examined import Examined
from cloud.doctor.findings import Finding, fault, warning

MAX_SKEW = timedelta(minutes=5)
"""AWS refuses requests that are signed more than this before or after its own time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
"""
WORRYING_SKEW = timedelta(minutes=1)


def find(examined: Examined) -> Iterator[Finding]:
    """Yield what is wrong with the key, the region and the clock of this machine."""
    try:
        _region = examined.account.region_name
    except LookupError as missing:
        yield fault(
            "no-region",
            str(missing),
            why="Each region is a place of its own: commands would not find the stage.",
            remedy="export AWS_REGION=eu-central-1, or the region that you chose for the stage.",
        )
        return
    except BotoCoreError as missing:
        yield no_credentials(f"The key cannot be read: {missing}")
        return
    try:
        answer: dict[str, Any] = examined.identity
    except ClientError as refusal:
        yield from find_skew(examined.now, refusal.response)
        yield no_credentials(f"AWS refuses the key: {refusal}")
        return
    except BotoCoreError as missing:
        yield no_credentials(f"AWS cannot be asked: {missing}")
        return
    yield from find_skew(examined.now, answer)
    if answer["Arn"].endswith(":root") and not examined.account.is_embedded:
        yield warning(
            "root-user",
            "The key belongs to the account's root user.",
            why="Whoever gets hold of it has the whole account, and no policy limits it.",
            remedy="Create a user or a role with the policies of docs/operations.md, and use it.",
        )


def no_credentials(what: str) -> Finding:
    return fault(
        "no-credentials",
        what,
        why="Nothing else could be asked.",
        remedy="Set AWS_PROFILE, or sign in again (`aws sso login`), and check the network.",
    )


def find_skew(now: datetime, answer: Any) -> Iterator[Finding]:
    """Compare this machine's clock with the time in an answer of AWS."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if not (date := headers.get("date")):
        return
    skew = abs(now - parsedate_to_datetime(date))
    if skew < WORRYING_SKEW:
        return
    level = fault if skew > MAX_SKEW else warning
    yield level(
        "clock-skew",
        f"The clock of this machine differs from AWS's by {round(skew.total_seconds())} seconds.",
        why="AWS refuses requests whose time differs by more than five minutes.",
        remedy="Set the clock by network time, for example `timedatectl set-ntp true`.",
    )
