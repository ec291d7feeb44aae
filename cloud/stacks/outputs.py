"""A stack's outputs, and the environment file of the stage's site."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dotenv import dotenv_values

from cloud.account import AccessKey, Account
from core.environment import STATE

APP_CLIENTS = ("merchants", "officers")


@dataclass(frozen=True)
class StageOutputs:
    """The addresses and names of a stage's resources, on the embedded AWS or a real account."""

    account: Account
    stage: str
    stack: Mapping[str, str]

    @cached_property
    def tables(self) -> dict[str, str]:
        """Every table of the stage: name without the stage's prefix → whole name."""
        prefix = self.stack["TablePrefix"]
        names = sorted(name for output, name in self.stack.items() if output.endswith("Table"))
        return {name.removeprefix(prefix): name for name in names}

    @cached_property
    def media_url(self) -> str:
        if self.account.is_embedded:
            return f"{self.account.endpoint}/{self.stack['MediaBucket']}/public"
        return self.stack["MediaUrl"]

    @cached_property
    def oidc_url(self) -> str:
        """Base of the hosted pages."""
        return self.account.endpoint or self.stack["OidcUrl"]

    @cached_property
    def jwks_url(self) -> str:
        # The embedded user pool signs as the real issuer would, but publishes its
        # keys at its own address.
        if self.account.is_embedded:
            base = f"{self.account.endpoint}/{self.stack['UserPoolId']}"
        else:
            base = self.stack["OidcIssuer"]
        return f"{base}/.well-known/jwks.json"

    def client_id(self, app_client: str) -> str:
        return self.stack[f"{app_client.capitalize()}ClientId"]

    def client_secret(self, app_client: str) -> str:
        found = self.account.cognito.describe_user_pool_client(
            UserPoolId=self.stack["UserPoolId"], ClientId=self.client_id(app_client)
        )
        return found["UserPoolClient"]["ClientSecret"]

    @cached_property
    def offers_facebook(self) -> bool:
        """Whether people can sign in with Facebook, or locally with its stand-in."""
        found = self.account.cognito.describe_user_pool_client(
            UserPoolId=self.stack["UserPoolId"], ClientId=self.client_id("merchants")
        )
        return "Facebook" in found["UserPoolClient"].get("SupportedIdentityProviders", [])

    def public(self) -> dict[str, object]:
        """Return the outputs without secrets, for people and scripts."""
        return {
            "stage": self.stage,
            "region": self.account.region_name,
            "endpoint": self.account.endpoint,
            "siteUrl": self.stack["SiteUrl"],
            "mailFrom": self.stack["MailFrom"],
            "mediaUrl": self.media_url,
            "oidcIssuer": self.stack["OidcIssuer"],
            "oidcUrl": self.oidc_url,
            "jwksUrl": self.jwks_url,
            "userPoolId": self.stack["UserPoolId"],
            "clients": {app_client: self.client_id(app_client) for app_client in APP_CLIENTS},
            "tablePrefix": self.stack["TablePrefix"],
            "tables": self.tables,
            "bucket": self.stack["MediaBucket"],
            "appPolicy": self.stack["AppPolicyArn"],
        }

    def variables(self, *, secret_key: str, site_key: AccessKey | None) -> dict[str, str]:
        """Return the site's environment with its secrets; see `.env.example` for each variable.

        `site_key` is None where the platform gives the site its credentials.
        """
        secrets = {"GARAGE_SECRET_KEY": secret_key} | {
            f"GARAGE_{app_client.upper()}_CLIENT_SECRET": self.client_secret(app_client)
            for app_client in APP_CLIENTS
        }
        region = {"AWS_REGION": self.account.region_name}
        return region | self.public_variables() | secrets | (site_key.variables if site_key else {})

    def deployed_variables(self) -> dict[str, str]:
        """Return the site's environment with the name of its secret instead of its secrets.

        The process needs permission to read that secret, and its region from elsewhere:
        Lambda sets it.
        """
        return self.public_variables() | {"GARAGE_SECRETS": self.stack["SecretsArn"]}

    def public_variables(self) -> dict[str, str]:
        """Return the part of the site's environment that is not secret."""
        variables = {
            "GARAGE_STAGE": self.stage,
            "GARAGE_SITE_URL": self.stack["SiteUrl"],
            "GARAGE_MAIL_FROM": self.stack["MailFrom"],
            "GARAGE_TABLE_PREFIX": self.stack["TablePrefix"],
            "GARAGE_MEDIA_BUCKET": self.stack["MediaBucket"],
            "GARAGE_MEDIA_URL": self.media_url,
            "GARAGE_USER_POOL_ID": self.stack["UserPoolId"],
            "GARAGE_OIDC_ISSUER": self.stack["OidcIssuer"],
            "GARAGE_OIDC_URL": self.oidc_url,
            "GARAGE_JWKS_URL": self.jwks_url,
            "GARAGE_FACEBOOK": str(self.offers_facebook).lower(),
        }
        for app_client in APP_CLIENTS:
            variables[f"GARAGE_{app_client.upper()}_CLIENT_ID"] = self.client_id(app_client)
        if self.account.endpoint:
            variables["AWS_ENDPOINT_URL"] = self.account.endpoint
        return variables


def stage_file(stage: str) -> Path:
    return STATE / f"{stage}.env"


def new_secret_key() -> str:
    """Return a key for Django's signatures, longer than `check --deploy` asks for."""
    return secrets.token_urlsafe(48)


@dataclass(frozen=True)
class EnvironmentFile:
    """A stage's environment file, and the keys that a rewrite keeps."""

    path: Path

    @cached_property
    def previous(self) -> dict[str, str | None]:
        return dotenv_values(self.path, interpolate=False) if self.path.exists() else {}

    @property
    def secret_key(self) -> str:
        """The stage's key, or a new one if it has none: a changed key signs everybody out."""
        return self.previous.get("GARAGE_SECRET_KEY") or new_secret_key()

    @property
    def site_key(self) -> AccessKey | None:
        key_id = self.previous.get("AWS_ACCESS_KEY_ID")
        secret = self.previous.get("AWS_SECRET_ACCESS_KEY")
        return AccessKey(key_id, secret) if key_id and secret else None

    def write(self, variables: Mapping[str, str]) -> None:
        """Replace the file in one step; only its owner may read it, at any time."""
        head = "# Written by `manage.py`; its next run overwrites your changes.\n"
        lines = (f"{name}='{value}'\n" for name, value in variables.items())
        draft = self.path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(head)
            file.writelines(lines)
        draft.replace(self.path)
