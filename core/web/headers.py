"""The headers of every answer that do not depend on the page."""

from collections.abc import Callable

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

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", PRIVATE)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
