"""Faults of DynamoDB, put in place of its answers on the wire."""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from core.dynamodb import connection

Answer = Callable[[AWSPreparedRequest], AWSResponse | None]
"""What takes the place of an answer; None lets DynamoDB answer."""

CODES = "com.amazonaws.dynamodb.v20120810#"


class Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_options: Any) -> Iterator[bytes]:
        while part := self.read(4096):
            yield part


def respond(request: AWSPreparedRequest, status: int, body: bytes, kind: str) -> AWSResponse:
    headers: Any = {"Content-Type": kind}
    return AWSResponse(str(request.url), status, headers, Raw(body))


def error(code: str, *, status: int = 400, reasons: tuple[str, ...] = ()) -> Answer:
    """An error that DynamoDB documents; `reasons` are those of a cancelled transaction."""
    body: dict[str, Any] = {"__type": f"{CODES}{code}", "message": code}
    if reasons:
        body["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    payload = json.dumps(body).encode()
    return lambda request: respond(request, status, payload, "application/x-amz-json-1.0")


def cancelled(*reasons: str) -> Answer:
    return error("TransactionCanceledException", reasons=reasons)


def page_of_a_proxy(request: AWSPreparedRequest) -> AWSResponse:
    """What something between the site and DynamoDB may answer."""
    return respond(request, 502, b"<html>Bad Gateway</html>", "text/html")


def lost(request: AWSPreparedRequest) -> AWSResponse:
    """Apply the request, and lose the answer."""
    client: Any = connection().client
    client._endpoint.http_session.send(request)  # noqa: SLF001
    return page_of_a_proxy(request)


@contextmanager
def intercepted(operation: str, before_send: Answer) -> Generator[None]:
    """Call `before_send(request)` before each request of an operation; what it returns answers."""

    def intercept(request: AWSPreparedRequest, **_event: Any) -> AWSResponse | None:
        return before_send(request)

    events: Any = connection().client.meta.events
    event = f"before-send.dynamodb.{operation}"
    events.register_first(event, intercept)
    try:
        yield
    finally:
        events.unregister(event, intercept)


@contextmanager
def faulty(operation: str, *answers: Answer, repeat: bool = False) -> Generator[list[str]]:
    """Answer the next requests of an operation by `answers`, all of them if `repeat` is set.

    Yields the bodies of all requests of the operation, those that DynamoDB answered included.
    """
    seen: list[str] = []
    left = list(answers)

    def before_send(request: AWSPreparedRequest) -> AWSResponse | None:
        body: Any = request.body
        seen.append(body.decode())
        if not left:
            return None
        return (left[0] if repeat else left.pop(0))(request)

    with intercepted(operation, before_send):
        yield seen
