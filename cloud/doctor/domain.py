"""The certificate of a custom domain."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from cloud.doctor.examined import Examined
from cloud.doctor.findings import Finding, fault, warning
from cloud.stacks.stack import PENDING

SOON = timedelta(days=30)
"""AWS renews a certificate 60 days before its end, if it can confirm the domain.

https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
"""


def find(examined: Examined) -> Iterator[Finding]:
    """Yield whether the site's domain is unknown to the gateway, or its certificate ends."""
    host = custom_host(examined)
    if host is None:
        return
    gateway = examined.client("apigateway")
    try:
        domain = gateway.get_domain_name(domainName=host)
    except gateway.exceptions.NotFoundException:
        yield warning(
            "domain-unknown",
            f"The gateway has no domain {host}, which is the site's address.",
            why="Unless another service answers there, nobody reaches the site. The end of its"
            " certificate could not be asked.",
            remedy="Follow docs/operations.md, a custom domain; with a CDN in front, look at the"
            " certificate there.",
        )
        return
    arn = domain.get("certificateArn") or domain.get("regionalCertificateArn")
    if arn:
        yield from find_in_certificate(host, arn, examined)


def custom_host(examined: Examined) -> str | None:
    """Return the host of the site's address; None if it is the gateway's own, or none yet."""
    url = examined.outputs.stack["SiteUrl"] if examined.outputs else PENDING
    host = urlsplit(url).hostname or ""
    return None if url == PENDING or ".execute-api." in host else host


def find_in_certificate(host: str, arn: str, examined: Examined) -> Iterator[Finding]:
    # A certificate at the edge is in us-east-1, whatever the stage's region is.
    session: Any = examined.account.session
    manager = session.client("acm", region_name=arn.split(":")[3])
    certificate = manager.describe_certificate(CertificateArn=arn)["Certificate"]
    end = certificate["NotAfter"]
    remedy = (
        "Create the DNS records that ACM shows for the certificate, so that it renews it; import"
        " a new one if it was imported."
    )
    if end < examined.now:
        yield fault(
            "certificate-ended",
            f"The certificate of {host} ended on {end:%Y-%m-%d}.",
            why="Browsers refuse to open the site.",
            remedy=remedy,
        )
    elif end - examined.now < SOON:
        yield warning(
            "certificate-ends",
            f"The certificate of {host} ends on {end:%Y-%m-%d}, and is not renewed yet.",
            why="After that browsers refuse to open the site.",
            remedy=remedy,
        )
