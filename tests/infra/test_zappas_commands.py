"""What the documents say about commands of Zappa that operators run themselves."""

import inspect

import zappa.core
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

from core.environment import ROOT

DOCUMENT = (ROOT / "docs" / "operations.md").read_text()


def section(title: str) -> str:
    return DOCUMENT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_certificate_is_asked_for_where_zappa_uses_it() -> None:
    """With `certificateArn` API Gateway makes a domain at the edge; only us-east-1 serves it.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDomainName.html
    """
    source = inspect.getsource(zappa.core.Zappa.create_domain_name)
    assert "certificateArn=certificate_arn" in source
    assert "regionalCertificateArn" not in source
    domain = section("A custom domain")
    assert f"**{zappa.core.ACM_CERTIFICATE_REGION}**" in domain
    assert '"route53_enabled": false' in domain


def test_region_of_zappas_commands_is_documented() -> None:
    _profile, variable, *_ = BOTOCORE_DEFAUT_SESSION_VARIABLES["region"]
    assert variable == "AWS_DEFAULT_REGION"
    for title in ("The first deployment", "What is where"):
        assert ".venv/bin/zappa" in section(title)
        assert variable in section(title)
