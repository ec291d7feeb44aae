"""Where mozilla-django-oidc's parts learn at which door they stand."""

from typing import Any, ClassVar

from mozilla_django_oidc.utils import import_from_settings

from identity.app_clients import AppClient


class AppClientSettings:
    """Mixed into the library's classes: the door's client and callback, else the settings."""

    app_client: ClassVar[AppClient]

    @classmethod
    def get_settings(cls, attr: str, *default: Any) -> Any:
        match attr:
            case "OIDC_RP_CLIENT_ID":
                return cls.app_client.client.id
            case "OIDC_RP_CLIENT_SECRET":
                return cls.app_client.client.secret
            case "OIDC_AUTHENTICATION_CALLBACK_URL":
                return cls.app_client.callback
            case "OIDC_RP_SCOPES":
                return cls.app_client.scopes
            case _:
                return import_from_settings(attr, *default)
