"""`request.user` without a register of people."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.middleware import AuthenticationMiddleware as DjangosMiddleware
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangosGuard
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from core.dynamodb import as_domain_error
from core.errors import DomainError
from core.web.resubmit import resubmit
from identity.models import User, Visitor
from identity.sessions.operations import resume

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

RETRY_AFTER = 30  # seconds
FORBIDDEN = 403


class AuthenticationMiddleware(DjangosMiddleware):
    """Sets `request.user` to a User or a Visitor; either has an `actor`.

    While nobody can tell whether a session still holds, its person is a
    visitor: public pages go on, and all others say that they cannot, and keep
    what was typed.
    """

    def process_request(self, request: "HttpRequest") -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: self._person(request))  # type: ignore[assignment]

    def process_view(
        self,
        request: "HttpRequest",
        view: "Callable[..., HttpResponse]",
        args: tuple[Any, ...],  # noqa: ARG002
        kwargs: dict[str, Any],  # noqa: ARG002
    ) -> "HttpResponse | None":
        # Asking settles who it is: from here on it costs nothing and cannot fail.
        if request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        fault: DomainError | None = getattr(request, "identity_fault", None)
        if fault is None:
            return None
        said: Any = {"status": fault.status, "title": fault.title, "message": str(fault)}
        if request.method == "POST":
            response = resubmit(request, **said)
        else:
            response = render(request, "error.html", said, status=fault.status)
        response["Retry-After"] = str(RETRY_AFTER)
        return response

    @staticmethod
    def _person(request: "HttpRequest") -> User | Visitor:
        try:
            return resume(request)
        except Exception as fault:
            known = fault if isinstance(fault, DomainError) else as_domain_error(fault)
            if known is None:
                raise
            request.identity_fault = known  # type: ignore[attr-defined]
            return Visitor()


class LoginRequiredMiddleware(DjangosGuard):
    """Leads visitors to the door; a form that comes without a session keeps what was typed."""

    def handle_no_permission(  # type: ignore[override]
        self, request: "HttpRequest", view_func: "Callable[..., HttpResponseBase]"
    ) -> "HttpResponse":
        if request.method != "POST":
            return super().handle_no_permission(request, view_func)
        return resubmit(
            request,
            status=FORBIDDEN,
            title="You are not signed in any more",
            message="Your session has ended, so this was not saved yet.",
            sign_in=self.get_login_url(view_func),
        )
