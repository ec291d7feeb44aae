"""Saves the text of a form that is sent after the session has ended."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from core.unsaved.operations import save


class UnsavedFormMiddleware:
    """Rescues what is typed in a form that somebody sends after their session has ended.

    Stands before the middleware that would lead them to the door empty-handed.
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
        person: Any = request.user
        needless = not getattr(view, "login_required", True) or person.is_authenticated
        return None if request.method != "POST" or needless else save(request)
