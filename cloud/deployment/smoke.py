"""The smoke test of a deployment: first the function itself, then the site's address."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from cloud.account import Account

TIMEOUT = 30  # seconds; a cold start takes one or two


class SmokeFailed(Exception):
    """The site does not answer as it should; `str()` says what it answered."""


class SiteUnreachable(Exception):
    """The site's address cannot be reached, perhaps because its DNS record is not there yet."""


@dataclass(frozen=True)
class Function:
    """A function that is invoked directly, without gateway and DNS."""

    account: Account
    name: str
    site_url: str

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of the site's answer to a GET of `path`."""
        answer = self.account.client("lambda").invoke(
            FunctionName=self.name, Payload=json.dumps(self.event(path)).encode()
        )
        payload = json.load(answer["Payload"])
        if "FunctionError" in answer or "statusCode" not in (payload or {}):
            raise SmokeFailed(f"The function failed: {json.dumps(payload)[:2000]}")
        return payload["statusCode"], payload.get("body", "")

    def event(self, path: str) -> dict[str, Any]:
        host = urlsplit(self.site_url).netloc
        return {
            "resource": "/{proxy+}",
            "path": path,
            "httpMethod": "GET",
            "headers": {"Host": host},
            "multiValueHeaders": {"Host": [host]},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "requestContext": {"identity": {"sourceIp": "127.0.0.1"}},
            "body": None,
            "isBase64Encoded": False,
        }


def check_function(function: Function) -> None:
    """Raise SmokeFailed unless the site starts, reaches its services, and shows a page."""
    for path in ("/healthz", "/readyz", "/"):
        status, body = function.get(path)
        if status != 200:  # noqa: PLR2004
            raise SmokeFailed(f"{path} answered {status}: {body[:500]}")


def check_address(site_url: str) -> None:
    """Raise SmokeFailed unless the site answers at its address, or SiteUnreachable."""
    address = f"{site_url}/healthz"
    try:
        with urlopen(address, timeout=TIMEOUT) as answer:  # noqa: S310 - the stack's own address
            status, body = answer.status, answer.read(500)
    except HTTPError as refusal:
        status, body = refusal.code, refusal.read(500)
    except (URLError, OSError) as fault:
        raise SiteUnreachable(f"{address} cannot be reached: {fault}") from None
    if status != 200 or b'"ok"' not in body:  # noqa: PLR2004
        raise SmokeFailed(f"{address} answered {status}: {body.decode(errors='replace')}")
