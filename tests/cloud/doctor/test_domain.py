"""The certificate of a custom domain, with AWS's answers put in place on the wire."""

import json
from datetime import datetime, timedelta

import pytest

from cloud.doctor import domain
from cloud.doctor.findings import Level
from tests.cloud.doctor.answers import (
    CERTIFICATE,
    HOST,
    NOW,
    Wire,
    examined,
    found,
    not_found,
    stack,
)


@pytest.fixture(autouse=True)
def _without_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")


def with_certificate(end: datetime) -> Wire:
    return Wire(
        {
            "DescribeStacks": stack({"SiteUrl": f"https://{HOST}"}),
            f"/domainnames/{HOST}": (200, json.dumps({"certificateArn": CERTIFICATE})),
            "https://acm.us-east-1.amazonaws.com": (
                200,
                json.dumps({"Certificate": {"NotAfter": end.timestamp()}}),
            ),
        }
    )


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (31, []),
        (29, [(Level.WARNING, "certificate-ends")]),
        (-1, [(Level.FAULT, "certificate-ended")]),
    ],
)
def test_end_of_the_certificate_is_found(days: int, expected: list[tuple[Level, str]]) -> None:
    wire = with_certificate(NOW + timedelta(days=days))
    assert found(domain.find(examined(wire))) == expected


def test_domain_that_the_gateway_does_not_know_is_a_warning() -> None:
    wire = Wire(
        {
            "DescribeStacks": stack({"SiteUrl": f"https://{HOST}"}),
            f"/domainnames/{HOST}": not_found("NotFoundException"),
        }
    )
    assert found(domain.find(examined(wire))) == [(Level.WARNING, "domain-unknown")]


@pytest.mark.parametrize(
    "url",
    ["https://a1.execute-api.eu-central-1.amazonaws.com/dev", "https://not-deployed.invalid"],
)
def test_certificate_of_the_gateways_own_address_is_not_asked(url: str) -> None:
    wire = Wire({"DescribeStacks": stack({"SiteUrl": url})})
    assert found(domain.find(examined(wire))) == []
