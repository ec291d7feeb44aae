"""Answers of AWS put in place on the wire, for what the embedded AWS cannot show."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from cloud.account import AccessKey, Account
from cloud.doctor.examined import Examined
from cloud.doctor.findings import Finding, Level

OWN = "111122223333"
REGION = "eu-central-1"
HOST = "markets.example.org"
CERTIFICATE = f"arn:aws:acm:us-east-1:{OWN}:certificate/1"
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@dataclass
class Body:
    """The body of an answer."""

    text: str

    def stream(self) -> Iterator[bytes]:
        yield self.text.encode()


@dataclass
class Wire:
    """A real account whose requests are answered here, and the requests that it got.

    `answers` has parts of a request, its address or its body, with status and body of the
    answer; the first that fits is taken, and a request without one fails.
    """

    answers: dict[str, tuple[int, str]]
    asked: list[str] = field(default_factory=list)

    def account(self) -> Account:
        """Return the account, with this as its only wire from now on."""
        in_use[:] = [self]
        return shared_account()

    def reply(self, request: AWSPreparedRequest, **_event: Any) -> AWSResponse:
        body = request.body or b""
        text = unquote_plus(body.decode() if isinstance(body, bytes) else str(body))
        asked = f"{request.method} {request.url} {text}"
        self.asked.append(asked)
        for part, (status, answer) in self.answers.items():
            if part in asked:
                return AWSResponse(request.url, status, HTTPHeaders(), Body(answer))
        raise AssertionError(f"no answer for {asked}")


in_use: list[Wire] = []
"""The wire that answers at present."""


def answer(**event: Any) -> AWSResponse:
    return in_use[0].reply(**event)


@cache
def shared_account() -> Account:
    """Return one account for all tests: it reads what it knows of each service once."""
    account = Account(region=REGION, key=AccessKey("key", "secret"))
    events: Any = account.session.events  # its types know no handler that answers
    events.register("before-send", answer)
    return account


def xml(operation: str, result: str) -> tuple[int, str]:
    return 200, (
        f"<{operation}Response><{operation}Result>{result}</{operation}Result>"
        f"</{operation}Response>"
    )


def error(status: int, code: str) -> tuple[int, str]:
    return (
        status,
        f"<ErrorResponse><Error><Code>{code}</Code><Message>No</Message></Error></ErrorResponse>",
    )


def not_found(code: str) -> tuple[int, str]:
    """Return a refusal of a service that speaks JSON."""
    return 404, f'{{"__type": "{code}", "message": "No"}}'


def identity(who: str) -> tuple[int, str]:
    return xml(
        "GetCallerIdentity", f"<Account>{OWN}</Account><Arn>arn:aws:{who}</Arn><UserId>A</UserId>"
    )


def stack(
    outputs: dict[str, str],
    parameters: dict[str, str] | None = None,
    *,
    status: str = "UPDATE_COMPLETE",
    drift: str = "NOT_CHECKED",
) -> tuple[int, str]:
    """Return the answer to DescribeStacks."""
    pairs = "".join(
        f"<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"
        for key, value in outputs.items()
    )
    given = "".join(
        f"<member><ParameterKey>{key}</ParameterKey><ParameterValue>{value}</ParameterValue></member>"
        for key, value in (parameters or {}).items()
    )
    return xml(
        "DescribeStacks",
        "<Stacks><member><StackName>garage-dev</StackName>"
        f"<CreationTime>2026-11-01T08:00:00Z</CreationTime><StackStatus>{status}</StackStatus>"
        f"<DriftInformation><StackDriftStatus>{drift}</StackDriftStatus></DriftInformation>"
        f"<Outputs>{pairs}</Outputs><Parameters>{given}</Parameters></member></Stacks>",
    )


def examined(wire: Wire) -> Examined:
    return Examined(wire.account(), "dev", NOW)


def found(findings: Iterator[Finding]) -> list[tuple[Level, str]]:
    return [(each.level, each.name) for each in findings]
