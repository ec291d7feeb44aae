"""Every origin that a page uses is in its policy, in the regions of a real account.

us-east-1 is a case of its own: clients call its buckets by an address without region,
unless they are told otherwise. The embedded AWS has one address for everything.
"""

import dataclasses
import runpy
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.environment import ROOT
from core.storage import ExportStorage, IncomingStorage, PublicStorage
from tests.infra.policies import fact

BUCKET = "garage-dev-media-111122223333"
REGIONS = fact("regions")["regions"]


def origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


@pytest.fixture(name="site", params=REGIONS)
def site_fixture(
    request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """Give the process the settings of a site in the region; return all of them."""
    region: str = request.param
    domain = fact("regions")["UserPoolDomain"].format(domain="garage-dev", region=region)
    host = fact("regions")["RegionalDomainName"].format(bucket=BUCKET, region=region)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_REGION", region)
    monkeypatch.setenv("GARAGE_MEDIA_BUCKET", BUCKET)
    monkeypatch.setenv("GARAGE_MEDIA_URL", f"https://{host}/public")
    monkeypatch.setenv("GARAGE_OIDC_URL", f"https://{domain}")
    monkeypatch.setenv("GARAGE_SITE_URL", f"https://1.execute-api.{region}.amazonaws.com/dev")
    site = runpy.run_path(str(ROOT / "garage" / "settings.py"))
    settings.GARAGE = dataclasses.replace(site["GARAGE"])
    return site


def test_uploads_go_to_an_origin_of_the_policy(site: dict[str, Any]) -> None:
    form = IncomingStorage().sign_form("a/b", content_type="image/jpeg", limit=10, seconds=10)
    assert origin(form.url) in site["SECURE_CSP"]["connect-src"]


def test_photos_and_static_files_come_from_origins_of_the_policy(site: dict[str, Any]) -> None:
    policy = site["SECURE_CSP"]
    assert origin(PublicStorage().url("markets/1.webp")) in policy["img-src"]
    for directive in ("script-src", "style-src", "font-src", "img-src"):
        assert origin(site["STATIC_URL"]) in policy[directive]


def test_sign_in_and_sign_out_lead_to_an_origin_of_the_policy(site: dict[str, Any]) -> None:
    assert origin(site["OIDC_OP_AUTHORIZATION_ENDPOINT"]) in site["SECURE_CSP"]["form-action"]


def test_downloads_come_from_the_same_host_as_photos(site: dict[str, Any]) -> None:
    address = ExportStorage().sign_url("a.zip", file_name="a.zip", seconds=10)
    assert origin(address) == origin(PublicStorage().url("a.webp"))
