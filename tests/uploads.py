"""Send a file to the bucket with a form that the site signed, as a browser does."""

import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.error import HTTPError

from core.actors import Actor
from core.storage import UploadForm
from markets.models import Market
from markets.photos.uploads import begin_upload
from tests import images
from tests.account import SessionAccount

BOUNDARY = "garage-test-boundary"


@dataclass(frozen=True)
class Answer:
    status: int
    text: str


def send(form: UploadForm, content: bytes, *, fields: Mapping[str, str] | None = None) -> Answer:
    """Send a file with the form, with some of its fields changed if asked."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {**form.fields, **(fields or {})}.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    request = urllib.request.Request(  # noqa: S310 (an address in our own bucket)
        form.url,
        data=body,
        headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return Answer(answer.status, answer.read().decode())
    except HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.read().decode())


def arrived(
    actor: Actor, market: Market, content: bytes | None = None, *, kind: str = "image/jpeg"
) -> str:
    """Begin an upload and send its file; return the upload's id."""
    content = images.jpeg() if content is None else content
    begun = begin_upload(
        actor, market.key, name="IMG_1.jpg", content_type=kind, size=len(content) or 1
    )
    answer = send(begun.form, content)
    assert answer.status == 201, answer.text
    return begun.upload_id


def incoming(account: SessionAccount, market: Market) -> list[str]:
    """Return the keys of the files that were sent for a market and not yet processed."""
    listed = account.operator.s3.list_objects_v2(
        Bucket=account.bucket, Prefix=f"incoming/{market.user_id}/{market.market_id}/"
    )
    return [item["Key"] for item in listed.get("Contents", [])]
