"""From a stack's outputs to the environment file under which a stage's site runs."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dotenv import dotenv_values

from cloud.account import AccessKey, Account
from core.environment import STATE

TABLES = (
    "markets",
    "history",
    "cities",
    "references",
    "outbox",
    "notes",
    "replies",
    "colleagues",
    "sessions",
    "accounts",
    "moves",
)
APP_CLIENTS = ("merchants", "officers")


@dataclass(frozen=True)
class StageOutputs:
    """Where a stage's parts are, whichever kind of account it is in."""

    account: Account
    stage: str
    stack: Mapping[str, str]

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
        # The embedded pool signs as the real issuer would, but publishes its
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
        """Whether people can sign in at Facebook, or locally at what stands in for it."""
        found = self.account.cognito.describe_user_pool_client(
            UserPoolId=self.stack["UserPoolId"], ClientId=self.client_id("merchants")
        )
        return "Facebook" in found["UserPoolClient"].get("SupportedIdentityProviders", [])

    def public(self) -> dict[str, object]:
        """Return what anybody may know, for people and for scripts: no secrets in it."""
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
            "tables": {word: self.stack[f"{word.capitalize()}Table"] for word in TABLES},
            "bucket": self.stack["MediaBucket"],
            "appPolicy": self.stack["AppPolicyArn"],
        }

    def variables(self, *, secret_key: str, site_key: AccessKey | None) -> dict[str, str]:
        """Return the site's environment with its secrets; see `.env.example` for each variable.

        `site_key` is left out where the platform hands the site its credentials.
        """
        secrets = {"GARAGE_SECRET_KEY": secret_key} | {
            f"GARAGE_{app_client.upper()}_CLIENT_SECRET": self.client_secret(app_client)
            for app_client in APP_CLIENTS
        }
        region = {"AWS_REGION": self.account.region_name}
        return region | self.public_variables() | secrets | (site_key.variables if site_key else {})

    def deployed_variables(self) -> dict[str, str]:
        """Return the site's environment, its secrets left where they are kept.

        Whoever starts the site with it needs leave to read them; the region comes
        from elsewhere, as it does in a function.
        """
        return self.public_variables() | {"GARAGE_SECRETS": self.stack["SecretsArn"]}

    def public_variables(self) -> dict[str, str]:
        """Return what of the site's environment is no secret."""
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
    """A stage's environment on disk, and what must survive its rewriting."""

    path: Path

    @cached_property
    def before(self) -> dict[str, str | None]:
        return dotenv_values(self.path, interpolate=False) if self.path.exists() else {}

    @property
    def secret_key(self) -> str:
        """The key the stage has, else a new one: a changed key signs everybody out."""
        return self.before.get("GARAGE_SECRET_KEY") or new_secret_key()

    @property
    def site_key(self) -> AccessKey | None:
        key_id = self.before.get("AWS_ACCESS_KEY_ID")
        secret = self.before.get("AWS_SECRET_ACCESS_KEY")
        return AccessKey(key_id, secret) if key_id and secret else None

    def write(self, variables: Mapping[str, str]) -> None:
        """Replace the file at once; nobody but its owner may ever read it."""
        head = "# Written by `manage.py`; the next run of it overwrites what you change here.\n"
        lines = (f"{name}='{value}'\n" for name, value in variables.items())
        draft = self.path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(head)
            file.writelines(lines)
        draft.replace(self.path)
