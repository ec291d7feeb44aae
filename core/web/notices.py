"""Where the one-time notices to a person are kept from one page to the next."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class NoticeStorage(CookieStorage):
    """Django's signed cookie, under a name that binds it to the host where there is https."""

    @property
    def cookie_name(self) -> str:  # type: ignore[override]
        name: str = settings.MESSAGE_COOKIE_NAME
        return name
