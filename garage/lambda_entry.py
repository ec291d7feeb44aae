"""What AWS Lambda calls: `handler`, for web requests, schedules and operators' commands.

Everything that every request needs is built while this is imported, which
Lambda does once a process and before the clock of a request starts.
"""

import contextlib
import json
import logging
import sys
from typing import Any, Protocol

import zappa.handler

LARGEST = 6 * 1024 * 1024 - 16 * 1024
"""Bytes that Lambda takes in or hands out, less some room for what it adds."""

SPARE = 2.0
"""Seconds to come to an end in; see core.deadline."""

# Zappa's middleware sends every cookie twice.
zappa.handler.ZappaWSGIMiddleware = lambda application: application
_zappa = zappa.handler.LambdaHandler("garage.lambda_settings")

from core import deadline  # noqa: E402 - Django had to be set up first

log = logging.getLogger(__name__)


class Context(Protocol):
    """What Lambda says of an invocation, so far as it is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: dict[str, Any], context: Context) -> Any:
    """Answer an event of API Gateway (REST), a schedule, or `zappa manage` and `invoke`."""
    with contextlib.ExitStack() as stack:
        stack.callback(flush)
        stack.enter_context(deadline.within(context.get_remaining_time_in_millis() / 1000 - SPARE))
        if "httpMethod" not in event:
            return _zappa.handler(event, context)
        if len(event.get("body") or "") > LARGEST:
            return as_text(413, "What you sent is too large", "Please send less at once.")
        answer = _zappa.handler(event, context)
        if is_too_large(answer):
            log.error("An answer was too large for Lambda", extra={"path": event["path"]})
            return as_text(500, "This page has grown too large", "We have been told.")
        # The same once more, but for cookies, of which only the last is there.
        answer.pop("headers", None)
        return answer


def is_too_large(answer: dict[str, Any]) -> bool:
    body = answer.get("body") or ""
    # In JSON no character takes more than six bytes, two of them a backslash and u.
    return len(body) > LARGEST // 6 and len(json.dumps(answer).encode()) > LARGEST


def as_text(status: int, title: str, message: str) -> dict[str, Any]:
    """Answer as API Gateway takes it, without asking anything of the site."""
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<h1>{title}</h1><p>{message}</p></html>"
    )
    headers = {"Content-Type": ["text/html; charset=utf-8"], "Cache-Control": ["no-store"]}
    return {"statusCode": status, "multiValueHeaders": headers, "body": body}


def flush() -> None:
    """Hand over what was written: Lambda freezes the process after each answer."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def deliver_messages(_event: dict[str, Any], _context: Context) -> None:
    """Send the mails that are due, on a schedule; log for how long the oldest has been due."""
    from django.core.management import call_command

    from core import clock
    from markets.outbox.models import Message, MessageState

    try:
        call_command("deliver_messages")
    finally:
        # An alarm of the stack reads this line.
        now = clock.now()
        waiting = Message.due.query(MessageState.WAITING.value, Message.due_at <= now, limit=1)
        since = next((message.due_at for message in waiting), now)
        log.info("outbox", extra={"overdue_seconds": round((now - since).total_seconds())})
