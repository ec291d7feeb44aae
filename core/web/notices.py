"""Where one-time messages to a person are stored from one page to the next."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class NoticeStorage(CookieStorage):
    """Django's signed cookie, with a name that binds it to the host where the site uses https."""

    @property
    def cookie_name(self) -> str:  # type: ignore[override]
        name: str = settings.MESSAGE_COOKIE_NAME
        return name
