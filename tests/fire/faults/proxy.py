"""A proxy between Garage and AWS that does to its requests what networks and AWS do.

It passes everything on, byte for byte, until a test puts it `under` a fault. Some faults
are for requests that write only, the others for all; some happen once, the others until
the fault ends.
"""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

from cloud.local.ports import LOOPBACK

WRITES = {
    "TransactWriteItems",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "PUT",
    "POST",
    "DELETE",
}
"""Operations of DynamoDB, and methods of S3, that change something."""

LONGEST_SECONDS = 60.0  # for which a silent connection is held
CODES = "com.amazonaws.dynamodb.v20120810#"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Fault:
    """`act` takes a request's place; it answers, or does not."""

    name: str
    act: "Callable[[Handler], None]"
    once: bool = False  # else for as long as the fault lasts
    writes_only: bool = True
    refuses: bool = False  # no connection is accepted at all


class Handler(BaseHTTPRequestHandler):
    """One connection of Garage."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: ClassVar["Proxy"]

    def setup(self) -> None:
        super().setup()
        self.proxy.connections.add(self.connection)

    def finish(self) -> None:
        self.proxy.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    @property
    def operation(self) -> str:
        """DynamoDB's or Cognito's operation, or the method of a request to S3."""
        target = self.headers.get("X-Amz-Target", "")
        return target.rpartition(".")[2] or self.command

    @property
    def is_dynamodb(self) -> bool:
        return str(self.headers.get("X-Amz-Target", "")).startswith("DynamoDB")

    def pass_request(self) -> None:
        self.body = self._read()
        with self.proxy.working():
            fault = self.proxy.next_fault(self.operation)
            if fault:
                fault.act(self)
            else:
                self.answer(self.forward())

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = pass_request  # noqa: N815

    def forward(self) -> Answer:
        """Send the request to AWS and return the answer."""
        upstream = http.client.HTTPConnection(self.proxy.upstream, timeout=LONGEST_SECONDS)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {"expect", "connection", "transfer-encoding"}:
                    upstream.putheader(name, value)
            if "Content-Length" not in self.headers and self.body:
                upstream.putheader("Content-Length", str(len(self.body)))
            upstream.endheaders(self.body)
            answer = upstream.getresponse()
            headers = [
                (name, value)
                for name, value in answer.getheaders()
                if name.lower() not in {"connection", "transfer-encoding", "content-length"}
            ]
            length = answer.getheader("Content-Length")
            body = answer.read()
            if self.command == "HEAD" and length:
                return Answer(answer.status, [*headers, ("Content-Length", length)], b"")
            return Answer(answer.status, headers, body)
        finally:
            upstream.close()

    def answer(self, answer: Answer, *, part: float = 1.0) -> None:
        """Send an answer, or the first `part` of its body before the connection ends."""
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if all(name.lower() != "content-length" for name, _ in answer.headers):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: int(len(answer.body) * part)])
        if part < 1:
            self.cut()

    def cut(self) -> None:
        """End the connection without another word."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def refuse(self, code: str, *, status: int = 400, **more: Any) -> None:
        """Answer with an error as AWS does: in JSON, or in XML from S3."""
        if self.headers.get("X-Amz-Target"):
            body = json.dumps({"__type": f"{CODES}{code}", "message": code, **more}).encode()
            kind = "application/x-amz-json-1.0"
        else:
            body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
            kind = "application/xml"
        self.answer(Answer(status, [("Content-Type", kind)], body))

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64


class Proxy:
    """The proxy; `url` is the endpoint to use in place of AWS's own."""

    def __init__(self, endpoint: str) -> None:
        self.upstream = urlsplit(endpoint).netloc
        self.connections: set[socket.socket] = set()
        self.healed = threading.Event()
        self._fault: Fault | None = None
        self._changed = threading.Condition()
        self._working = 0
        self._handler = type("BoundHandler", (Handler,), {"proxy": self})
        self._port = 0
        self._listen()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    @contextlib.contextmanager
    def under(self, fault: Fault) -> Generator[None]:
        """Let a fault happen inside the block; after it, every request under way has ended."""
        self.healed.clear()
        self._fault = fault
        if fault.refuses:
            self.close()
        try:
            yield
        finally:
            self._fault = None
            self.healed.set()
            if fault.refuses:
                self._listen()
            with self._changed:
                assert self._changed.wait_for(lambda: not self._working, LONGEST_SECONDS)

    def next_fault(self, operation: str) -> Fault | None:
        """Return the fault of a request that begins now."""
        with self._changed:
            fault = self._fault
            if fault is None or (fault.writes_only and operation not in WRITES):
                return None
            if fault.once:
                self._fault = None
            return fault

    @contextlib.contextmanager
    def working(self) -> Generator[None]:
        with self._changed:
            self._working += 1
        try:
            yield
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Accept no connection, and end those that are open."""
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        self._server = _Server((LOOPBACK, self._port), self._handler)
        self._port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()


def slow(seconds: float, *, writes_only: bool = False) -> Fault:
    """Each answer takes so long; what was asked happens late, also if nobody waits for it."""

    def act(request: Handler) -> None:
        time.sleep(seconds)
        request.answer(request.forward())

    return Fault("slow", act, writes_only=writes_only)


def stay_silent(request: Handler) -> None:
    """Answer nothing until the fault has ended."""
    request.proxy.healed.wait(LONGEST_SECONDS)
    request.cut()


def _cut_after(request: Handler) -> None:
    request.forward()
    request.cut()


def _cut_within(request: Handler) -> None:
    answer = request.forward()
    if answer.body:
        request.answer(answer, part=0.5)
    else:
        request.cut()


def _throttle(request: Handler) -> None:
    if request.is_dynamodb:
        request.refuse("ThrottlingException")
    else:
        request.refuse("SlowDown", status=503)


def _cancel(code: str) -> Callable[[Handler], None]:
    """Cancel a transaction for a reason; other writes get the error that is nearest to it."""
    single = {
        "TransactionConflict": "TransactionConflictException",
        "ThrottlingError": "ThrottlingException",
        "ProvisionedThroughputExceeded": "ProvisionedThroughputExceededException",
    }

    def act(request: Handler) -> None:
        if request.operation == "TransactWriteItems":
            items = json.loads(request.body)["TransactItems"]
            reasons = [{"Code": "None"} for _ in items[1:]] + [{"Code": code}]
            request.refuse("TransactionCanceledException", CancellationReasons=reasons)
        elif request.is_dynamodb:
            request.refuse(single[code])
        else:
            request.refuse("SlowDown", status=503)

    return act


def _be_in_progress(request: Handler) -> None:
    """DynamoDB is still working on the same transaction, and completes it."""
    if request.operation != "TransactWriteItems":
        return request.answer(request.forward())
    request.forward()
    return request.refuse("TransactionInProgressException")


HTML = Answer(502, [("Content-Type", "text/html")], b"<html>Bad Gateway</html>")
GARBAGE = Answer(200, [("Content-Type", "application/x-amz-json-1.0")], b"\x00\xff{garbage")


def _answer_after(answer: Answer) -> Callable[[Handler], None]:
    def act(request: Handler) -> None:
        request.forward()
        request.answer(answer)

    return act


PASSING = [
    Fault("cut before", Handler.cut, once=True),
    Fault("cut after", _cut_after, once=True),
    Fault("cut within", _cut_within, once=True),
    Fault("throttled", _throttle, once=True),
    Fault("conflict", _cancel("TransactionConflict"), once=True),
    Fault("no capacity", _cancel("ProvisionedThroughputExceeded"), once=True),
    Fault("in progress", _be_in_progress, once=True),
    Fault("error 500", lambda it: it.refuse("InternalServerError", status=500), once=True),
    Fault("502 before", lambda it: it.answer(HTML), once=True),
    Fault("502 after", _answer_after(HTML), once=True),
    Fault("garbage before", lambda it: it.answer(GARBAGE), once=True),
    Fault("garbage after", _answer_after(GARBAGE), once=True),
]
"""What happens to one write, and not to its next attempt."""

LASTING = [
    Fault("silent", stay_silent, writes_only=False),
    Fault("silent writes", stay_silent),
    Fault("refused", Handler.cut, writes_only=False, refuses=True),
    Fault("all cut before", Handler.cut),
    Fault("all cut after", _cut_after),
    Fault("all throttled", _throttle, writes_only=False),
    Fault("all in conflict", _cancel("TransactionConflict")),
    Fault("all 502 before", lambda it: it.answer(HTML), writes_only=False),
    Fault("all 502 after", _answer_after(HTML)),
    Fault("all garbage", lambda it: it.answer(GARBAGE), writes_only=False),
]
"""What lasts longer than any request."""
