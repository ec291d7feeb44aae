"""The headers of every answer that do not depend on the page."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PRIVATE = "private, no-store"
"""Nothing is stored: no page of a signed-in person may come back after they sign out."""

HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "browsing-topics",
            "camera",
            "display-capture",
            "geolocation",
            "gyroscope",
            "microphone",
            "payment",
            "usb",
        )
    ),
}


class HeadersMiddleware:
    """Sets what a view has not set itself. Pages that may be cached say so; all others may not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        # SecurityMiddleware sets these as well, but not where it refuses a request itself.
        self.headers = HEADERS | {
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "X-Content-Type-Options": "nosniff",
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.cookies:
            # A shared cache could give the cookie to others, also the end of a session.
            response.headers["Cache-Control"] = PRIVATE
        response.headers.setdefault("Cache-Control", PRIVATE)
        if "no-store" in response.headers["Cache-Control"]:
            # What nobody stores is never chosen among stored answers.
            response.headers.pop("Vary", None)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response
