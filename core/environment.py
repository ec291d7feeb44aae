"""The environment: all variables that the site reads, with their types.

`.env.example` documents each one. The site does not start with missing or invalid
variables; the message names all of them at once.
"""

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv
from environs import Env, EnvValidationError, validate

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".garage"
"""Files of this checkout that are not in the repository: stages' outputs, the embedded AWS."""


@dataclass(frozen=True, kw_only=True)
class ClientCredentials:
    """The id and the secret of an app client of the user pool."""

    id: str
    secret: str


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The settings of one stage. URLs end without a slash."""

    stage: str
    debug: bool
    log_level: int
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    site_url: str
    mail_from: str
    region: str
    table_prefix: str
    media_bucket: str
    media_url: str
    user_pool_id: str
    oidc_issuer: str
    oidc_url: str
    jwks_url: str
    facebook: bool
    retention_years: int
    merchants: ClientCredentials
    officers: ClientCredentials


def load_secrets(name: str) -> None:
    """Set variables from a secret in Secrets Manager (by name or ARN), a JSON object."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.session import Session

    # Botocore reads AWS_DEFAULT_REGION; Lambda and most people set AWS_REGION.
    session = Session()
    try:
        client: Any = session.create_client(
            "secretsmanager", region_name=os.environ.get("AWS_REGION")
        )
        values = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    except (BotoCoreError, ClientError) as fault:
        raise ImproperlyConfigured(
            f"Garage cannot start without the secret {name}: {fault}"
        ) from None
    for variable, value in values.items():
        os.environ.setdefault(variable, value)


def environment_file() -> Path:
    """Return the file with the variables that the process itself does not have."""
    stage = os.environ.get("GARAGE_STAGE", "local")
    return Path(os.environ.get("GARAGE_ENV_FILE", STATE / f"{stage}.env"))


def read_environment() -> Environment:
    """Read the process environment; raise ImproperlyConfigured with all faults."""
    env = Env(eager=False)
    if (file := environment_file()).is_file():
        # Into the process environment, where botocore looks for its credentials.
        load_dotenv(file, interpolate=False)
    if name := os.environ.get("GARAGE_SECRETS"):
        load_secrets(name)
    region = env.str("AWS_REGION")
    with env.prefixed("GARAGE_"):
        environment = Environment(
            region=region,
            stage=env.str("STAGE"),
            debug=env.bool("DEBUG", default=False),
            log_level=env.log_level("LOG_LEVEL", default=logging.INFO),
            secret_key=env.str("SECRET_KEY"),
            secret_key_fallbacks=tuple(env.list("SECRET_KEY_FALLBACKS", default=[])),
            site_url=env.str("SITE_URL"),
            mail_from=env.str("MAIL_FROM"),
            table_prefix=env.str("TABLE_PREFIX"),
            media_bucket=env.str("MEDIA_BUCKET"),
            media_url=env.str("MEDIA_URL"),
            user_pool_id=env.str("USER_POOL_ID"),
            oidc_issuer=env.str("OIDC_ISSUER"),
            oidc_url=env.str("OIDC_URL"),
            jwks_url=env.str("JWKS_URL"),
            facebook=env.bool("FACEBOOK", default=False),
            retention_years=env.int(
                "RETENTION_YEARS", default=10, validate=validate.Range(min=1, max=100)
            ),
            merchants=ClientCredentials(
                id=env.str("MERCHANTS_CLIENT_ID"), secret=env.str("MERCHANTS_CLIENT_SECRET")
            ),
            officers=ClientCredentials(
                id=env.str("OFFICERS_CLIENT_ID"), secret=env.str("OFFICERS_CLIENT_SECRET")
            ),
        )
    try:
        env.seal()
    except EnvValidationError as fault:
        faults = cast("dict[str, list[str]]", fault.error_messages)
        lines = [f"  {name}: {' '.join(why)}" for name, why in faults.items()]
        message = "Garage cannot start. These variables are missing or invalid:\n"
        raise ImproperlyConfigured(message + "\n".join(lines)) from None
    return environment
