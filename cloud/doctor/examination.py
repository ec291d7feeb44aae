"""All checks of a stage, in their order, and what happens if AWS does not answer one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from cloud.account import Account
from cloud.doctor import (
    alarms,
    credentials,
    domain,
    function,
    limits,
    rights,
    stage_stack,
    tables,
)
from cloud.doctor.examined import Examined
from cloud.doctor.findings import Finding, Report, unknown
from core import clock

DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "UnauthorizedOperation",
}
"""Error codes with which services refuse a key that lacks a permission."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A question to AWS. `fine` says in short what is fine if nothing is found.

    `needs` is what must exist to ask it: the account, no stack yet, the stack, the function.
    `lacking` says what the embedded AWS lacks for it; there it is not asked.
    """

    name: str
    find: Callable[[Examined], Iterator[Finding]]
    fine: str
    needs: str = "account"
    lacking: str = ""


CHECKS = (
    Check(
        name="rights",
        find=rights.find_of_deployer,
        fine="the key may deploy",
        lacking="The embedded AWS gives its root key every right.",
    ),
    Check(
        name="boundary",
        find=rights.find_of_boundary,
        fine="the boundary of all roles is as in infra/",
        lacking="The embedded AWS ignores boundaries.",
    ),
    Check(
        name="concurrency",
        find=limits.find_concurrency,
        fine="enough functions may run at once",
        lacking="The embedded AWS has no limit of concurrency.",
    ),
    Check(
        name="public-access",
        find=limits.find_public_access,
        fine="the account lets a bucket be public",
        lacking="The embedded AWS has no block of public access for an account.",
    ),
    Check(name="sending", find=limits.find_sending, fine="SES sends to everybody"),
    Check(
        name="names", find=stage_stack.find_taken_names, fine="no name is taken", needs="no stack"
    ),
    Check(name="stack", find=stage_stack.find_status, fine="the stack is complete"),
    Check(
        name="drift",
        find=stage_stack.find_drift,
        fine="the stack has this template",
        needs="stack",
    ),
    Check(
        name="resources",
        find=stage_stack.find_missing,
        fine="buckets and user pool exist",
        needs="stack",
    ),
    Check(
        name="sender",
        find=limits.find_sender,
        fine="the sender is confirmed and sends the codes for sign-up too",
        needs="stack",
    ),
    Check(
        name="tables",
        find=tables.find,
        fine="tables have their keys, indexes, expiry, recovery and protection",
        needs="stack",
    ),
    Check(
        name="secret", find=rights.find_of_secret, fine="the stage's secret exists", needs="stack"
    ),
    Check(
        name="role",
        find=rights.find_of_role,
        fine="the function's role may do what the site needs, and read its secret",
        needs="stack",
    ),
    Check(name="alarms", find=alarms.find, fine="alarms exist and are quiet", needs="stack"),
    Check(
        name="subscription",
        find=alarms.find_in_subscriptions,
        fine="somebody receives the alarms",
        needs="stack",
    ),
    Check(
        name="outbox", find=function.find_outbox, fine="no message has waited long", needs="stack"
    ),
    Check(
        name="certificate",
        find=domain.find,
        fine="the site's certificate is valid, or the gateway's own",
        needs="stack",
        lacking="The embedded AWS serves no domain with a certificate.",
    ),
    Check(
        name="function",
        find=function.find_settings,
        fine="the function has the stage's settings",
        needs="stack",
    ),
    Check(
        name="errors",
        find=function.find_errors,
        fine="the function has logged no error for 24 hours",
        needs="function",
    ),
    Check(
        name="schedule",
        find=function.find_schedule,
        fine="scheduled runs happen",
        needs="function",
    ),
)


def examine(account: Account, stage: str) -> Report:
    """Ask everything about a stage; nothing is changed. A fault of AWS becomes a finding."""
    examined = Examined(account, stage, clock.now())
    report = Report(list(credentials.find(examined)))
    if report.has_fault:
        return report
    report.fine.append(f"the key belongs to {examined.identity['Arn']}")
    report.fine.append(f"the region is {account.region_name}")
    for check in CHECKS:
        run(check, examined, report)
    return report


def run(check: Check, examined: Examined, report: Report) -> None:
    """Add the findings of a check, or that nothing is wrong, to the report."""
    if check.lacking and examined.account.is_embedded:
        report.findings.append(not_here(check))
        return
    before = len(report.findings)
    try:
        if not is_possible(check, examined):
            return
        # One by one: what was found before AWS refuses to answer is worth keeping.
        for finding in check.find(examined):
            report.findings.append(finding)
    except (BotoCoreError, ClientError) as failure:
        report.findings.append(not_answered(check, failure))
    if len(report.findings) == before:
        report.fine.append(check.fine)


def is_possible(check: Check, examined: Examined) -> bool:
    """Whether what the check is about exists; that it does not is a finding of another check."""
    match check.needs:
        case "no stack":
            return examined.stack is None
        case "stack":
            return examined.outputs is not None
        case "function":
            return examined.outputs is not None and examined.function is not None
    return True


def not_here(check: Check) -> Finding:
    return unknown(
        f"{check.name}-not-asked",
        check.lacking,
        why="Only a real account can show it.",
        remedy="Run this in the real account, without AWS_ENDPOINT_URL.",
    )


def not_answered(check: Check, failure: BaseException) -> Finding:
    what, remedy = f"AWS did not answer: {failure}", "Try again; see AWS's health page."
    if isinstance(failure, ClientError) and failure.response["Error"]["Code"] in DENIED:
        what = f"The key may not ask: {failure.operation_name}."
        remedy = "Attach the policy garage-doctor to the key (docs/operations.md, keys)."
    return unknown(
        f"{check.name}-unanswered",
        what,
        why=f"Whether {check.fine} is not known.",
        remedy=remedy,
    )
