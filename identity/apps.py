from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class IdentityConfig(AppConfig):
    name = "identity"

    def ready(self) -> None:
        user_logged_in.connect(_record_officer)


def _record_officer(*, user: Any, **_signal: Any) -> None:
    # Models are read once the settings are.
    from identity.officers.operations import record_officer

    record_officer(user)
