"""Watches the calls of botocore's clients, and those by `requests`.

Each attempt of a call gets no more time than is left, and none is made when nothing is
left or the service does not answer (core.calls.breaker). Both raise NotCalled, which
is a BotoCoreError: who handles a service that cannot be reached handles this as well.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ConnectTimeoutError, ReadTimeoutError

from core import deadline
from core.calls.breaker import breaker_of

CONNECT_TIMEOUT = 1.0  # seconds; all services are in the same region
READ_TIMEOUT = 5.0  # seconds for each part of an answer

LEAST_SECONDS = 0.1  # with less left, a call is not begun
FAIR_SECONDS = 1.0  # a service that is given less, and does not answer, may still be well

REDIRECT = 300
SERVER_ERROR = 500
THROTTLED = ("Throttl", "Exceeded", "SlowDown", "TooManyRequests")
"""Parts of the error codes after which botocore waits and tries again."""


class NotCalled(BotoCoreError):
    """A call that was not made."""


class NoTimeLeft(NotCalled):
    fmt = "No time is left for this call."


class ServiceSilent(NotCalled):
    fmt = "The service does not answer at the moment."


class UnreadableAnswer(BotoCoreError):
    fmt = "Something else than the service has answered."


class Events(Protocol):
    """The part of botocore's emitters of events, and of its sessions, that is used."""

    def register(self, event_name: str, handler: Any, unique_id: Any = None) -> None: ...


def watch(events: Events, service: str) -> None:
    """Watch all calls of a client, or of all clients that a session will make."""
    watcher = _Watcher(service)
    events.register("before-send", watcher.before_send, unique_id=f"garage-send-{service}")
    events.register("before-parse", check_answer, unique_id=f"garage-parse-{service}")
    events.register("needs-retry", watcher.after_attempt, unique_id=f"garage-retry-{service}")


def check_answer(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    """Raise UnreadableAnswer for a success that is not in the service's language.

    botocore takes any text with status 200 for an empty answer of DynamoDB, which would
    mean that a write is done; and it does not survive bytes that are no text.
    """
    body = response_dict["body"]
    if operation_model.service_model.protocol != "json" or not isinstance(body, bytes):
        return
    try:
        text = body.decode().strip()
    except UnicodeDecodeError as fault:
        raise UnreadableAnswer from fault
    # Some operations of Cognito answer nothing.
    shape = operation_model.output_shape
    is_answer = text.startswith("{") if text else shape is None or not shape.members
    if response_dict["status_code"] < REDIRECT and not is_answer:
        raise UnreadableAnswer


class _Watcher:
    def __init__(self, service: str) -> None:
        self._service = service

    def before_send(self, request: Any, **_: Any) -> None:
        """Refuse an attempt, or give it the time that is left."""
        left = _admit(self._service)
        if left is not None:
            # botocore's own way to give a single request another time-out.
            longest = request.context["client_config"].read_timeout
            request.context["read_timeout"] = min(left, longest)

    def after_attempt(
        self,
        response: tuple[Any, dict[str, Any]] | None,
        caught_exception: Exception | None,
        attempts: int,
        request_dict: dict[str, Any],
        **_: Any,
    ) -> None:
        """Note whether an attempt was answered; end the call if another one comes too late."""
        if isinstance(caught_exception, NotCalled):
            return
        # A refused connection is no answer either, but nobody waits for it.
        if isinstance(caught_exception, (ConnectTimeoutError, ReadTimeoutError)):
            context = request_dict["context"]
            granted = context.get("read_timeout", context["client_config"].read_timeout)
            if granted >= FAIR_SECONDS:
                breaker_of(self._service).note_silence()
        elif response is not None:
            breaker_of(self._service).note_answer()
        # botocore pauses for up to 1, 2, 4 … seconds, whatever time there is.
        if _is_passing(response, caught_exception) and not deadline.has_time_for(
            2 ** (attempts - 1)
        ):
            raise caught_exception or NoTimeLeft


def _admit(service: str) -> float | None:
    """Return the seconds that a call may take, None for any time; or raise NotCalled."""
    left = deadline.remaining()
    if left is not None and left < LEAST_SECONDS:
        raise NoTimeLeft
    if not breaker_of(service).admit():
        raise ServiceSilent
    return left


def _is_passing(
    response: tuple[Any, dict[str, Any]] | None, caught_exception: Exception | None
) -> bool:
    """Whether botocore may try again after an attempt that ended like this."""
    if response is None:
        return caught_exception is not None
    http, parsed = response
    code = str(parsed.get("Error", {}).get("Code", ""))
    return http.status_code >= SERVER_ERROR or any(part in code for part in THROTTLED)


def http_timeout() -> tuple[float, float]:
    """Return the seconds that a call by `requests` may take now: to connect, and to read."""
    left = deadline.remaining()
    if left is None:
        return CONNECT_TIMEOUT, READ_TIMEOUT
    return min(left, CONNECT_TIMEOUT), min(left, READ_TIMEOUT)


@contextmanager
def http_call(service: str) -> Iterator[tuple[float, float]]:
    """Watch one call by `requests`; yield its `http_timeout`.

    Raises NotCalled, and whatever the call raises.
    """
    import requests

    _admit(service)
    timeout = http_timeout()
    try:
        yield timeout
    except requests.HTTPError:
        breaker_of(service).note_answer()
        raise
    except requests.Timeout:
        if timeout[1] >= FAIR_SECONDS:
            breaker_of(service).note_silence()
        raise
    breaker_of(service).note_answer()
