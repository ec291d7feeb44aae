"""The bucket, through django-storages: public files, and private uploads and exports.

Importing this loads boto3 (100 ms). Pages that only need the URL of a photo or a
stylesheet take it from `markets.models.Photo.url` and `core.staticfiles` instead.
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

from core.calls import CONNECT_TIMEOUT, READ_TIMEOUT, watch
from core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.core.files import File

ATTEMPTS = 2  # including the first: a person waits for the answer

IMMUTABLE = "public, max-age=31536000, immutable"
"""One year: every name under the public prefix contains a hash of its content."""


def _addressing_style() -> Literal["path", "virtual"]:
    """Return how URLs name the bucket: the embedded AWS has no wildcard DNS name."""
    elsewhere = "AWS_ENDPOINT_URL_S3" in os.environ or "AWS_ENDPOINT_URL" in os.environ
    return "path" if elsewhere else "virtual"


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError) as fault:
        raise Unavailable(
            "The storage for photos does not answer at the moment. Please try again in a minute."
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
            "default_acl": None,  # the bucket's policy makes a prefix public; objects have no ACL
            "file_overwrite": True,
            "client_config": Config(
                signature_version="s3v4",  # the only version that can sign forms
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                s3={
                    "addressing_style": _addressing_style(),
                    # Else forms for us-east-1 lead to an address without region, which
                    # pages may not send to.
                    "us_east_1_regional_endpoint": "regional",
                },
            ),
            # All files are far smaller than those that are sent in parts.
            "transfer_config": TransferConfig(use_threads=False),
        }

    def _create_session(self) -> Any:
        session = super()._create_session()
        watch(session.events, "s3")
        return session

    def _save(self, name: str, content: File[bytes]) -> str:
        with _translated_errors():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _translated_errors():
            super().delete(name)

    def copy(self, name: str, to: str) -> bool:
        """Copy an object inside the bucket; False if there is none of this name."""
        source = {"Bucket": self.bucket_name, "Key": f"{self.location}/{name}"}
        with _translated_errors():
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
        with _translated_errors():
            try:
                found = self.bucket.Object(f"{self.location}/{name}").get(**part)
                content: bytes = found["Body"].read()
            except ClientError as fault:
                if fault.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                    return None
                raise
        return content

    def iter_objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Yield the names that begin with `prefix`, in order, and when each was saved."""
        at = len(f"{self.location}/")
        with _translated_errors():
            for found in self.bucket.objects.filter(Prefix=f"{self.location}/{prefix}"):
                yield found.key[at:], found.last_modified

    def close(self) -> None:
        """Close the connections; not needed for a storage that the process keeps."""
        self.connection.meta.client.close()


class PublicStorage(BucketStorage):
    """Objects that everybody may read at `media_url`.

    Saving overwrites: names contain a hash of the content, so that saving again changes
    nothing, and no call has to check first whether the name exists.
    """

    def get_default_settings(self) -> dict[str, Any]:
        return {
            **super().get_default_settings(),
            "location": "public",
            "querystring_auth": False,
            "object_parameters": {"CacheControl": IMMUTABLE},
        }

    def url(self, name: str, *_args: object, **_kwargs: object) -> str:
        """Return the permanent public URL of an object, without a call."""
        return f"{settings.GARAGE.media_url}/{filepath_to_uri(name)}"


@dataclass(frozen=True)
class UploadForm:
    """Where a browser sends a file, and the form fields before it."""

    url: str
    fields: dict[str, str]


class IncomingStorage(BucketStorage):
    """Uploads as people sent them, under `incoming/`: private, deleted after a day."""

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "location": "incoming"}

    def sign_form(self, name: str, *, content_type: str, limit: int, seconds: int) -> UploadForm:
        """Sign a form that lets its holder save one file under `name`, without a call.

        The file must be of this type and have 1 to `limit` bytes; the form is valid for
        `seconds`.
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
    """Size and time of an object in the bucket."""

    size: int  # bytes
    saved_at: datetime


class ExportStorage(BucketStorage):
    """People's own data as files, under `exports/`: private, deleted after a day."""

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "location": "exports"}

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        """Store a zip while it is made, a few megabytes at a time.

        It appears when it is complete: if `parts` fails, an earlier one stays.
        """
        with _translated_errors():
            self.bucket.Object(f"{self.location}/{name}").upload_fileobj(
                BufferedReader(_Parts(parts)),
                ExtraArgs={"ContentType": "application/zip"},
                Config=self.transfer_config,
            )

    def find(self, name: str) -> StoredFile | None:
        """Return the stored file of this name, or None."""
        with _translated_errors():
            try:
                found = self.bucket.Object(f"{self.location}/{name}")
                return StoredFile(found.content_length, found.last_modified)
            except ClientError as fault:
                if fault.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                    return None
                raise

    def sign_url(self, name: str, *, file_name: str, seconds: int) -> str:
        """Return a URL that lets its holder download the object as `file_name`, without a call.

        The download must begin within `seconds`.
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
    """An iterator of bytes as a readable file, for the upload."""

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
    """Static files under `public/static/`, text compressed; `collectstatic` fills it."""

    def get_default_settings(self) -> dict[str, Any]:
        return {
            **super().get_default_settings(),
            "location": "public/static",
            "gzip": True,  # S3 cannot negotiate; every current browser reads gzip
        }

    def url(self, name: str, *args: object, **kwargs: object) -> str:
        return super().url(f"static/{name}", *args, **kwargs)
