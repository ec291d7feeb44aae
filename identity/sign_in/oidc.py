"""How the classes of mozilla-django-oidc learn which app client they serve."""

from typing import Any, ClassVar

from mozilla_django_oidc.utils import import_from_settings

from core.calls import http_timeout
from identity.app_clients import AppClient


class AppClientSettings:
    """A mixin for the library's classes: the app client's own settings, else Django's."""

    app_client: ClassVar[AppClient]

    @classmethod
    def get_settings(cls, attr: str, *default: Any) -> Any:
        match attr:
            case "OIDC_RP_CLIENT_ID":
                return cls.app_client.credentials.id
            case "OIDC_RP_CLIENT_SECRET":
                return cls.app_client.credentials.secret
            case "OIDC_AUTHENTICATION_CALLBACK_URL":
                return cls.app_client.callback
            case "OIDC_RP_SCOPES":
                return cls.app_client.scopes
            case "OIDC_TIMEOUT":
                return http_timeout()
            case _:
                return import_from_settings(attr, *default)
