"""The versions of a stage's function: published, marked as good, restored."""

import hashlib
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cloud.account import Account

GOOD = "good"
"""Alias of the last version that passed its test."""
EARLIER = "earlier"
"""Alias of the good version before that."""


class NoSuchVersion(Exception):
    """The function has no such version; `str()` names it."""


@dataclass(frozen=True)
class FunctionVersions:
    """The versions of a function. `bucket` keeps every deployed package."""

    account: Account
    name: str
    bucket: str
    report: Callable[[str], None]

    def store_package(self, content: bytes) -> str:
        """Store a package under its hash; return its S3 address."""
        key = package_key(hashlib.sha256(content).digest())
        self.account.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return f"s3://{self.bucket}/{key}"

    def get_configuration(self, version: str | None = None) -> dict[str, Any] | None:
        """Return the configuration of a version or (None) of what runs now; None if missing."""
        functions = self.account.client("lambda")
        qualifier = {"Qualifier": version} if version else {}
        try:
            found: dict[str, Any] = functions.get_function_configuration(
                FunctionName=self.name, **qualifier
            )
        except functions.exceptions.ResourceNotFoundException:
            return None
        return found

    def wait_until_updated(self) -> None:
        """Wait until Lambda has applied the last change to the function."""
        self.account.client("lambda").get_waiter("function_updated_v2").wait(FunctionName=self.name)

    def configure(self, variables: dict[str, str]) -> None:
        """Replace the function's environment."""
        self.account.client("lambda").update_function_configuration(
            FunctionName=self.name, Environment={"Variables": variables}
        )
        self.wait_until_updated()

    def get_version(self, alias: str) -> str | None:
        functions = self.account.client("lambda")
        try:
            found = functions.get_alias(FunctionName=self.name, Name=alias)
        except functions.exceptions.ResourceNotFoundException:
            return None
        return str(found["FunctionVersion"])

    def set_alias(self, alias: str, version: str) -> None:
        functions = self.account.client("lambda")
        change = functions.update_alias if self.get_version(alias) else functions.create_alias
        change(FunctionName=self.name, Name=alias, FunctionVersion=version)

    def mark_good(self) -> None:
        """Publish what runs now, code and environment, as the good version."""
        good = self.get_version(GOOD)
        published = self.account.client("lambda").publish_version(FunctionName=self.name)
        version = published["Version"]
        if good and good != version:
            self.set_alias(EARLIER, good)
        self.set_alias(GOOD, version)

    def restore_good(self) -> str:
        """Restore the good version if there is one; return a line that says what runs now."""
        version = self.get_version(GOOD)
        if version is None:
            return "There is no earlier version to restore; the new one stays deployed."
        self.restore(version)
        return f"Version {version}, the last good one, is restored."

    def restore(self, version: str) -> None:
        """Replace code and environment by those of a version, or raise NoSuchVersion."""
        self.report(f"Restoring version {version}")
        found = self.get_configuration(version)
        if found is None:
            raise NoSuchVersion(f"{self.name} no longer has the version {version}.")
        self.account.client("lambda").update_function_code(
            FunctionName=self.name,
            S3Bucket=self.bucket,
            S3Key=package_key(b64decode(found["CodeSha256"])),
        )
        self.wait_until_updated()
        self.configure(found["Environment"]["Variables"])


def package_key(digest: bytes) -> str:
    return f"packages/{digest.hex()}.zip"
