"""The stand-in for Facebook, as `make run` has it, beside the test session's account."""

import contextlib
import json
from collections.abc import Generator
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.test import override_settings

from cloud.emulator import emulator_setup
from cloud.local import local
from cloud.local.ports import LOOPBACK, free_port
from cloud.local.processes import answers, run_module
from tests.account import SessionAccount

IRINA = {"sub": "facebook-irina", "name": "Irina Vlad", "email": "irina@example.com"}
"""Has an e-mail account of the same address as well, in one test alone: the emulator finds
people by their address, and would take the one for the other in any test that came later."""


@contextlib.contextmanager
def stand_in(account: SessionAccount) -> Generator[None]:
    """Run it, and have the merchants' client offer it."""
    port = free_port()
    issuer = f"http://{LOOPBACK}:{port}"
    claims = (*local.FACEBOOK_USERS, IRINA)
    users = (f"--user-claims={json.dumps(each)}" for each in claims)
    with run_module(
        "The stand-in for Facebook",
        *("oidc_provider_mock", f"--port={port}"),
        *users,
        variables={},
        is_ready=partial(answers, f"{issuer}/.well-known/openid-configuration"),
    ):
        emulator_setup.offer_facebook(
            account.operator, account.pool, account.outputs["MerchantsClientId"], issuer
        )
        with override_settings(GARAGE=replace(settings.GARAGE, facebook=True)):
            yield
