"""The environment: every variable the site reads, typed, and nothing else.

`.env.example` documents each one. A missing or malformed variable stops the
start, and the message names all of them at once.
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
"""What belongs to this checkout and not to the repository: stages' outputs, local AWS."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """An app client of the user pool."""

    id: str
    secret: str


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One stage of Garage, as its process sees it. URLs end without a slash."""

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
    merchants: Client
    officers: Client


def take_secrets(name: str) -> None:
    """Fill in variables from a secret of Secrets Manager, by name or ARN: a JSON object of them."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.session import Session

    # Botocore reads another variable than the one that Lambda sets and everybody uses.
    session = Session()
    try:
        vault: Any = session.create_client(
            "secretsmanager", region_name=os.environ.get("AWS_REGION")
        )
        held = json.loads(vault.get_secret_value(SecretId=name)["SecretString"])
    except (BotoCoreError, ClientError) as fault:
        raise ImproperlyConfigured(
            f"Garage cannot start without the secret {name}: {fault}"
        ) from None
    for variable, value in held.items():
        os.environ.setdefault(variable, value)


def environment_file() -> Path:
    """The file whose variables fill in what the process was not given itself."""
    stage = os.environ.get("GARAGE_STAGE", "local")
    return Path(os.environ.get("GARAGE_ENV_FILE", STATE / f"{stage}.env"))


def read_environment() -> Environment:
    """Read the process environment; raise ImproperlyConfigured naming all faults."""
    env = Env(eager=False)
    if (file := environment_file()).is_file():
        # Into the process, as botocore looks for its credentials there.
        load_dotenv(file, interpolate=False)
    if name := os.environ.get("GARAGE_SECRETS"):
        take_secrets(name)
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
            merchants=Client(
                id=env.str("MERCHANTS_CLIENT_ID"), secret=env.str("MERCHANTS_CLIENT_SECRET")
            ),
            officers=Client(
                id=env.str("OFFICERS_CLIENT_ID"), secret=env.str("OFFICERS_CLIENT_SECRET")
            ),
        )
    try:
        env.seal()
    except EnvValidationError as fault:
        faults = cast("dict[str, list[str]]", fault.error_messages)
        lines = [f"  {name}: {' '.join(why)}" for name, why in faults.items()]
        message = "Garage cannot start; its environment lacks or misstates:\n"
        raise ImproperlyConfigured(message + "\n".join(lines)) from None
    return environment
