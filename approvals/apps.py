from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class ApprovalsConfig(AppConfig):
    name = "approvals"

    def ready(self) -> None:
        user_logged_in.connect(_note_officer)


def _note_officer(*, user: Any, **_signal: Any) -> None:
    # Models are read once the settings are.
    from approvals.colleagues import note_officer

    note_officer(user)
