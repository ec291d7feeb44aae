"""How gunicorn serves the site on this machine: `--worker-class cloud.local.worker.Worker`.

A Lambda function has no queue: each request gets a process. Here a few threads serve all
requests, and others wait for them. So health checks have threads of their own, and a
request's budget of time counts from its arrival.
"""

import socket
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from gunicorn.workers import gthread

from core.web.middleware import QUEUE_SECONDS

HEALTH_CHECKS = (b"/healthz", b"/readyz")
LONGEST_START = 64  # bytes of a request in which such a path ends


class Worker(gthread.ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's worker with threads, and one more thread for each health check."""

    def init_process(self) -> None:
        self.health_checks = {path: ThreadPoolExecutor(1, path.decode()) for path in HEALTH_CHECKS}
        self.current = threading.local()
        super().init_process()

    def load_wsgi(self) -> None:
        """Tell the site how long each request has waited."""
        super().load_wsgi()
        site: Any = self.wsgi

        def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            environ[QUEUE_SECONDS] = self.current.waited
            answer: Iterable[bytes] = site(environ, start_response)
            return answer

        self.wsgi: Any = application

    def enqueue_req(self, conn: Any) -> None:
        """Choose the threads for a connection by its first bytes, when they have arrived."""
        start = first_bytes(conn)
        if start is None and self.alive:
            # As gunicorn does after some seconds in a thread: wait without one.
            deferred: Future[object] = Future()
            deferred.set_result(gthread._DEFER)  # noqa: SLF001
            self.finish_request(conn, deferred)
            return
        threads: Any = self.health_checks.get(path_of(start or b""), self.tpool)
        done = threads.submit(self.handle_after, conn, time.monotonic())
        done.add_done_callback(
            lambda future: self.method_queue.defer(self.finish_request, conn, future)
        )

    def handle_after(self, conn: Any, arrived: float) -> Any:
        self.current.waited = time.monotonic() - arrived
        return self.handle(conn)


def first_bytes(conn: Any) -> bytes | None:
    """Return the first bytes of a connection's next request; None if nothing has arrived."""
    if conn.initialized and (read_ahead := conn.parser.unreader.buf.getvalue()):
        return bytes(read_ahead[:LONGEST_START])
    try:
        return bytes(conn.sock.recv(LONGEST_START, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return None
    except OSError:
        return b""  # the thread that handles it closes it


def path_of(start: bytes) -> bytes:
    """Return the path in the first line of a request, without its query."""
    return b" ".join(start.split(b" ")[1:2]).partition(b"?")[0]
