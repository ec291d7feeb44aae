"""The site as a WSGI application behind Amazon API Gateway, as Zappa calls it.

Zappa makes a WSGI request of the gateway's event. Some values it takes from headers
that a client can set; this module replaces them by the gateway's own values.
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from garage.wsgi import application as site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer a request; log it without query, client address or other personal data."""
    started = time.perf_counter()
    statuses: list[str] = []

    def start(status: str, headers: list[tuple[str, str]], *fault: Any) -> Callable[[bytes], Any]:
        statuses.append(status)
        return start_response(status, headers, *fault)

    correct_environ(environ)
    answer: Iterable[bytes] = site(environ, start)
    log.info(
        "request",
        extra={
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "status": int(statuses[-1].split(" ", 1)[0]),
            "milliseconds": round((time.perf_counter() - started) * 1000),
        },
    )
    return answer


def correct_environ(environ: "WSGIEnvironment") -> None:
    """Set path, prefix, scheme and client address from the gateway's event."""
    from django.conf import settings

    event = environ["lambda.event"]
    context = event.get("requestContext") or {}
    prefix: str = settings.FORCE_SCRIPT_NAME or ""
    path: str = event["path"]
    # On the gateway's own host `path` is without the stage. On a custom domain
    # it is as the browser sent it, with the domain's base path.
    if prefix and context.get("path") == path and f"{path}/".startswith(f"{prefix}/"):
        path = path[len(prefix) :] or "/"
    environ["SCRIPT_NAME"] = prefix
    environ["PATH_INFO"] = unquote(path).encode().decode("latin-1")
    # The gateway accepts TLS only; a client can write anything into the header.
    environ["wsgi.url_scheme"] = environ["HTTP_X_FORWARDED_PROTO"] = settings.SITE.scheme
    # X-Forwarded-For begins with the client's own header.
    environ["REMOTE_ADDR"] = (context.get("identity") or {}).get("sourceIp") or ""
