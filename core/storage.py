"""The bucket, through django-storages: what is public, and uploads, which are not.

Importing this loads boto3 (100 ms), so pages that only name a photo or a style
sheet must not: they get addresses from `markets.models.Photo.url` and from
`core.staticfiles`.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, Any, Literal

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage

from core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.core.files import File

CONNECT_TIMEOUT = 2  # seconds; the bucket is in the same region
READ_TIMEOUT = 5
ATTEMPTS = 2  # the first one included: a person is waiting for the answer

IMMUTABLE = "public, max-age=31536000, immutable"
"""One year: every name under the public prefix carries a hash of its content."""


def _addressing_style() -> Literal["path", "virtual"]:
    """Return how the bucket is named: a stand-in for AWS has no wildcard DNS name."""
    elsewhere = "AWS_ENDPOINT_URL_S3" in os.environ or "AWS_ENDPOINT_URL" in os.environ
    return "path" if elsewhere else "virtual"


@contextmanager
def _bucket_answers() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError) as fault:
        raise Unavailable(
            "The place where photos are kept does not answer at the moment. "
            "Please try again in a minute."
        ) from fault


class BucketStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """One prefix of the bucket.

    Saving and deleting raise Unavailable when the bucket fails or refuses.
    """

    def get_default_settings(self) -> dict[str, Any]:
        return {
            **super().get_default_settings(),
            "bucket_name": settings.GARAGE.media_bucket,
            "region_name": settings.GARAGE.region,
            "default_acl": None,  # the bucket's policy makes a prefix public, no object ACL
            "file_overwrite": True,
            "client_config": Config(
                signature_version="s3v4",  # the only one with which a form can be signed
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                s3={"addressing_style": _addressing_style()},
            ),
            # Everything here is far below the size that is sent in parts.
            "transfer_config": TransferConfig(use_threads=False),
        }

    def _save(self, name: str, content: File[bytes]) -> str:
        with _bucket_answers():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _bucket_answers():
            super().delete(name)

    def copy(self, name: str, to: str) -> bool:
        """Copy an object inside the bucket; False if there is none of this name."""
        source = {"Bucket": self.bucket_name, "Key": f"{self.location}/{name}"}
        with _bucket_answers():
            try:
                self.bucket.Object(f"{self.location}/{to}").copy_from(
                    CopySource=source, MetadataDirective="COPY"
                )
            except ClientError as fault:
                if fault.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                    return False
                raise
        return True

    def read(self, name: str, *, limit: int | None = None) -> bytes | None:
        """Return a file, or its first `limit` bytes; None if there is none of this name."""
        part: Any = {"Range": f"bytes=0-{limit - 1}"} if limit else {}
        with _bucket_answers():
            try:
                found = self.bucket.Object(f"{self.location}/{name}").get(**part)
                content: bytes = found["Body"].read()
            except ClientError as fault:
                if fault.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                    return None
                raise
        return content

    def close(self) -> None:
        """Let go of the connections; a storage for the life of the process need not."""
        self.connection.meta.client.close()


class PublicStorage(BucketStorage):
    """Objects that anybody may read at `media_url`, once and for all.

    Saving overwrites: names carry a hash of the content, so that doing it again
    changes nothing, and no call has to ask first whether the name is taken.
    """

    def get_default_settings(self) -> dict[str, Any]:
        return {
            **super().get_default_settings(),
            "location": "public",
            "querystring_auth": False,
            "object_parameters": {"CacheControl": IMMUTABLE},
        }

    def url(self, name: str, *_args: object, **_kwargs: object) -> str:
        """Return the lasting public address of an object; asks nobody."""
        return f"{settings.GARAGE.media_url}/{filepath_to_uri(name)}"


class PhotoStorage(PublicStorage):
    """Photos that were verified and re-encoded, under `public/`."""

    def iter_objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Yield the names that begin with `prefix`, in their order, and when each was saved."""
        at = len(f"{self.location}/")
        with _bucket_answers():
            for found in self.bucket.objects.filter(Prefix=f"{self.location}/{prefix}"):
                yield found.key[at:], found.last_modified


@dataclass(frozen=True)
class UploadForm:
    """Where a browser sends a file, and the fields that go before it."""

    url: str
    fields: dict[str, str]


class IncomingStorage(BucketStorage):
    """Uploads as people sent them, under `incoming/`: private, and gone after a day."""

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "location": "incoming"}

    def sign_form(self, name: str, *, content_type: str, limit: int, seconds: int) -> UploadForm:
        """Sign a form by which anybody who has it may save one file under `name`.

        The file must be of this type and have 1 to `limit` bytes; the form lasts
        for `seconds`. Signing asks nobody.
        """
        fixed = {"Content-Type": content_type, "success_action_status": "201"}
        signed = self.connection.meta.client.generate_presigned_post(
            Bucket=self.bucket_name,
            Key=f"{self.location}/{name}",
            Fields=fixed,
            Conditions=[
                *({field: value} for field, value in fixed.items()),
                ["content-length-range", 1, limit],
            ],
            ExpiresIn=seconds,
        )
        return UploadForm(signed["url"], signed["fields"])


@dataclass(frozen=True)
class StoredFile:
    """What the bucket says of an object."""

    size: int  # bytes
    saved_at: datetime


class ExportStorage(BucketStorage):
    """People's own data as files, under `exports/`: private, and gone after a day."""

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "location": "exports"}

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        """Store a zip as it is made, a few megabytes at a time.

        It appears when it is whole: if `parts` fails, what was there before stays.
        """
        with _bucket_answers():
            self.bucket.Object(f"{self.location}/{name}").upload_fileobj(
                BufferedReader(_Parts(parts)),
                ExtraArgs={"ContentType": "application/zip"},
                Config=self.transfer_config,
            )

    def find(self, name: str) -> StoredFile | None:
        """Return what there is of this name; None for nothing."""
        with _bucket_answers():
            try:
                found = self.bucket.Object(f"{self.location}/{name}")
                return StoredFile(found.content_length, found.last_modified)
            except ClientError as fault:
                if fault.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                    return None
                raise

    def sign_address(self, name: str, *, file_name: str, seconds: int) -> str:
        """Return an address from which whoever has it saves the object as `file_name`.

        It lasts for so many seconds, in which the download must begin. Signing asks nobody.
        """
        address: str = self.connection.meta.client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.bucket_name,
                "Key": f"{self.location}/{name}",
                "ResponseContentDisposition": f'attachment; filename="{file_name}"',
            },
            ExpiresIn=seconds,
        )
        return address


class _Parts(RawIOBase):
    """An iterator of bytes as a file to read from, for the upload."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            try:
                self._left = next(self._parts)
            except StopIteration:
                return 0
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


class StaticObjects(PublicStorage):
    """Static files under `public/static/`, text compressed; filled by `collectstatic`."""

    def get_default_settings(self) -> dict[str, Any]:
        return {
            **super().get_default_settings(),
            "location": "public/static",
            "gzip": True,  # every browser that speaks TLS reads it; S3 cannot negotiate
        }

    def url(self, name: str, *args: object, **kwargs: object) -> str:
        return super().url(f"static/{name}", *args, **kwargs)
