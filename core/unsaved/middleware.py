"""Stores forms that are sent after the session has ended."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from core.unsaved.responses import save_for_later


class UnsavedFormMiddleware:
    """Stores a form that is sent without a session to a page that needs one.

    It comes before LoginRequiredMiddleware, which would lose the fields.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],  # noqa: ARG002
        kwargs: dict[str, Any],  # noqa: ARG002
    ) -> HttpResponse | None:
        if request.method != "POST" or not getattr(view, "login_required", True):
            return None
        person: Any = request.user
        return None if person.is_authenticated else save_for_later(request)
