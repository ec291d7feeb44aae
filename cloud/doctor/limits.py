"""Limits of the account: concurrency, mail, public access."""

from collections.abc import Iterator

from cloud.doctor.examined import PRODUCTION, Examined
from cloud.doctor.findings import Finding, fault, warning
from cloud.stacks import public_access, senders, stack

ENOUGH_CONCURRENCY = 100
"""Functions at once. AWS's default is 1,000; new accounts have 10."""


def find_concurrency(examined: Examined) -> Iterator[Finding]:
    """Yield whether the account lets few functions run at once."""
    limit = examined.client("lambda").get_account_settings()["AccountLimit"]
    if (functions := limit["ConcurrentExecutions"]) < ENOUGH_CONCURRENCY:
        yield warning(
            "low-concurrency",
            f"The account lets {functions} functions run at once, all stages together.",
            why="More requests at the same moment are refused with an error, for example when a"
            " call opens.",
            remedy="Ask AWS for 1,000 in Service Quotas, Lambda, “Concurrent executions”.",
        )


def find_public_access(examined: Examined) -> Iterator[Finding]:
    """Yield whether the account refuses every public bucket."""
    if blocks := public_access.find_blocks(examined.account):
        yield fault(
            "public-access-blocked",
            f"The account blocks public access to all its buckets ({', '.join(blocks)}).",
            why="Nobody could read photos and static files; `stack up` refuses to start.",
            remedy="Switch this off in S3 under “Block Public Access settings for this account”;"
            " the stack keeps every other bucket and prefix private.",
        )


def find_sending(examined: Examined) -> Iterator[Finding]:
    """Yield whether SES sends for the account: sandbox, pause and quota."""
    account = examined.client("sesv2").get_account()
    if not account["ProductionAccessEnabled"]:
        # Only people whose address was confirmed get mails: enough to try a stage.
        level = fault if examined.stage == PRODUCTION else warning
        yield level(
            "mail-sandbox",
            "SES sends to confirmed addresses only (sandbox).",
            why="Merchants get no mail about a decision, and no code for sign-up by SES.",
            remedy="Request production access in SES, then run `stack up`.",
        )
    if not account.get("SendingEnabled", True):
        yield fault(
            "mail-paused",
            "SES has paused sending for this account.",
            why="No mail is sent. AWS pauses after too many bounces or complaints.",
            remedy="Read SES's reputation page, answer AWS's case, and have sending enabled again.",
        )
    quota = account.get("SendQuota", {})
    most, sent = quota.get("Max24HourSend", -1), quota.get("SentLast24Hours", 0)
    if most > 0 and sent >= most * 0.8:
        yield warning(
            "mail-quota",
            f"{round(sent)} of {round(most)} mails of these 24 hours are used.",
            why="SES refuses mails above its quota; the outbox then sends them later.",
            remedy="Ask AWS for a higher sending quota of SES.",
        )


def find_sender(examined: Examined) -> Iterator[Finding]:
    """Yield whether the stage's sender is confirmed, and who sends the codes of Cognito."""
    if examined.stack is None:
        return
    sender = examined.parameter("MailFrom") or stack.default_sender()
    sending = senders.find_sending(examined.account, sender)
    if sending.identity is None:
        yield fault(
            "sender-unconfirmed",
            f"SES may not send from {sender}: it is not confirmed.",
            why="No mail of the stage is sent.",
            remedy="Follow the link in AWS's mail to that address, or add the DKIM records that"
            " SES shows for its domain; then run `stack up`.",
        )
    used = examined.parameter("SignUpSender")
    if used != sending.sign_up_sender:
        level = fault if used else warning
        yield level(
            "codes-sender",
            f"Codes for sign-up go by {used or 'Cognito itself'}, and would go by"
            f" {sending.sign_up_sender or 'Cognito itself'}.",
            why="A sender that SES no longer has sends no codes; Cognito's own stops at some 50"
            " mails a day.",
            remedy="Run `stack up`: it finds the sender.",
        )
    elif not used:
        yield warning(
            "codes-by-cognito",
            "Cognito sends the codes for sign-up itself: some 50 mails a day.",
            why="After that nobody can sign up or set a new password that day.",
            remedy="Confirm the sender and leave SES's sandbox, then run `stack up`.",
        )
