"""The entry point for AWS Lambda: `handler`, for requests, schedules and operators' commands.

Its import sets up everything that every request needs. Lambda imports it once per
process, before the time of the first request is counted.
"""

import contextlib
import json
import logging
import sys
from typing import Any, Protocol

import zappa.handler

LARGEST = 6 * 1024 * 1024 - 16 * 1024
"""Bytes of a request or response: Lambda's limit, with some room for what it adds."""

RESERVE = 2.0
"""Seconds before Lambda's timeout in which work must end; see core.deadline."""

# Zappa's middleware sends every cookie twice.
zappa.handler.ZappaWSGIMiddleware = lambda application: application
_zappa = zappa.handler.LambdaHandler("garage.lambda_settings")

from core import deadline  # noqa: E402 - Django had to be set up first

log = logging.getLogger(__name__)


class Context(Protocol):
    """The part of Lambda's context object that the handler uses."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: dict[str, Any], context: Context) -> Any:
    """Handle an event of API Gateway (REST), of a schedule, or of `zappa manage` and `invoke`."""
    with contextlib.ExitStack() as stack:
        stack.callback(flush)
        stack.enter_context(
            deadline.within(context.get_remaining_time_in_millis() / 1000 - RESERVE)
        )
        if "httpMethod" not in event:
            return _zappa.handler(event, context)
        if len(event.get("body") or "") > LARGEST:
            return error_response(413, "What you sent is too large", "Please send less at once.")
        response = _zappa.handler(event, context)
        if is_too_large(response):
            log.error("A response was too large for Lambda", extra={"path": event["path"]})
            return error_response(
                500, "This page is too large", "The operator can see this error in the log."
            )
        # A copy of multiValueHeaders, but with the last cookie only.
        response.pop("headers", None)
        return response


def is_too_large(response: dict[str, Any]) -> bool:
    body = response.get("body") or ""
    # In JSON no character takes more than six bytes, two of them a backslash and u.
    return len(body) > LARGEST // 6 and len(json.dumps(response).encode()) > LARGEST


def error_response(status: int, title: str, message: str) -> dict[str, Any]:
    """Return a page in API Gateway's form, without any code of the site."""
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<h1>{title}</h1><p>{message}</p></html>"
    )
    headers = {"Content-Type": ["text/html; charset=utf-8"], "Cache-Control": ["no-store"]}
    return {"statusCode": status, "multiValueHeaders": headers, "body": body}


def flush() -> None:
    """Flush the output: Lambda freezes the process after each response."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def deliver_messages(_event: dict[str, Any], _context: Context) -> None:
    """Send the mails that are due, on a schedule; log how long the oldest has been due."""
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
