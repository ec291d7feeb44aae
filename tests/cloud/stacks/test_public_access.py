"""The account's block of public access is found before a bucket's policy fails.

The embedded AWS has none, so AWS's answers are given here, to the real request.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from cloud.account import AccessKey, Account
from cloud.stacks import public_access, stack
from cloud.stacks.stack import StackFailed, Stage

OWN = "111122223333"
IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    f"<GetCallerIdentityResult><Account>{OWN}</Account></GetCallerIdentityResult>"
    "</GetCallerIdentityResponse>"
)
NONE = (
    "<ErrorResponse><Error><Code>NoSuchPublicAccessBlockConfiguration</Code>"
    "<Message>None</Message></Error></ErrorResponse>"
)
ALL = "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"


class Body:
    """The body of an answer."""

    def __init__(self, text: str) -> None:
        self.text = text

    def stream(self) -> Iterator[bytes]:
        yield self.text.encode()


def settings(*switched_on: str) -> str:
    lines = (f"<{name}>{str(name in switched_on).lower()}</{name}>" for name in ALL)
    root = "PublicAccessBlockConfiguration"
    return f'<{root} xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">{"".join(lines)}</{root}>'


def real_account(answer: str, status: int = 200) -> Account:
    """Return a real account whose requests are answered here; any third one fails."""
    account = Account(region="eu-central-1", key=AccessKey("key", "secret"))

    def reply(request: AWSPreparedRequest, **_event: Any) -> AWSResponse:
        if request.url.startswith("https://sts."):
            return AWSResponse(request.url, 200, HTTPHeaders(), Body(IDENTITY))
        assert request.method == "GET"
        assert request.url == (
            f"https://{OWN}.s3-control.eu-central-1.amazonaws.com"
            "/v20180820/configuration/publicAccessBlock"
        )
        return AWSResponse(request.url, status, HTTPHeaders(), Body(answer))

    events: Any = account.session.events  # its types know no handler that answers
    events.register("before-send", reply)
    return account


@pytest.fixture(autouse=True)
def _without_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")


@pytest.mark.parametrize("name", ["BlockPublicPolicy", "RestrictPublicBuckets"])
def test_stack_up_stops_in_words_before_anything_is_made(name: str) -> None:
    account = real_account(settings(name))
    with pytest.raises(StackFailed, match=rf"\({name}\).*Nothing was changed"):
        stack.bring_up(account, Stage(name="dev", mail_from="garage@example.org"))


def test_account_that_ignores_access_lists_is_no_obstacle() -> None:
    account = real_account(settings("BlockPublicAcls", "IgnorePublicAcls"))
    assert public_access.find_blocks(account) == []


def test_account_without_settings_is_no_obstacle() -> None:
    assert public_access.find_blocks(real_account(NONE, 404)) == []
