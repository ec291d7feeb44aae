"""Events as Amazon API Gateway's REST APIs hand them to a function."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

API = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
CLIENT = "203.0.113.7"


def request(
    address: str,
    *,
    method: str = "GET",
    host: str = API,
    stage: str = "dev",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> dict[str, Any]:
    """Return the event of a request for `address`, without the stage, at `host`.

    At the gateway's own host the stage comes before the path; at another it is
    a custom domain, and the path is what the browser sent.
    """
    parts = urlsplit(address)
    query = parse_qs(parts.query, keep_blank_values=True)
    sent = {
        "Accept": "text/html",
        "Host": host,
        "User-Agent": "Mozilla/5.0",
        "X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793",
        # What a client claims comes first; the gateway adds what it sees.
        "X-Forwarded-For": f"198.51.100.1, {CLIENT}, 70.132.1.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        **(headers or {}),
    }
    prefix = f"/{stage}" if host == API else ""
    return {
        "resource": "/{proxy+}",
        "path": parts.path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"proxy": unquote(parts.path).lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": API.split(".", 1)[0],
            "domainName": host,
            "httpMethod": method,
            "identity": {"sourceIp": CLIENT, "userAgent": "Mozilla/5.0", "userArn": None},
            "path": f"{prefix}{parts.path}",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTimeEpoch": 1795219200000,
            "resourceId": "us4z18",
            "resourcePath": "/{proxy+}",
            "stage": stage,
        },
        # Every type of content counts as binary.
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": body is not None,
    }
