"""`request.user` without a table of users."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth import middleware as django_middleware
from django.utils.functional import SimpleLazyObject

from core.dynamodb import as_domain_error
from core.errors import DomainError
from core.web.error_pages import error_page
from core.web.resubmit import resubmit
from identity.models import User, Visitor
from identity.sessions.operations import resume

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

FORBIDDEN = 403


class AuthenticationMiddleware(django_middleware.AuthenticationMiddleware):
    """Sets `request.user` to a User or a Visitor; either has an `actor`.

    While DynamoDB or Cognito do not answer, nobody can tell whether a session is still
    valid. Its person is then a visitor on public pages; all other pages answer that
    they are not available, and keep what was entered.
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
        if getattr(view, "for_everybody", False):
            return None
        # This looks the person up: from here on `request.user` costs nothing and cannot fail.
        if request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        error: DomainError | None = getattr(request, "identity_error", None)
        return error_page(request, error) if error else None

    @staticmethod
    def _person(request: "HttpRequest") -> User | Visitor:
        try:
            return resume(request)
        except Exception as fault:
            error = fault if isinstance(fault, DomainError) else as_domain_error(fault)
            if error is None:
                raise
            request.identity_error = error  # type: ignore[attr-defined]
            return Visitor()


class LoginRequiredMiddleware(django_middleware.LoginRequiredMiddleware):
    """Leads visitors to the sign-in; a form that comes without a session keeps its fields."""

    def handle_no_permission(  # type: ignore[override]
        self, request: "HttpRequest", view_func: "Callable[..., HttpResponseBase]"
    ) -> "HttpResponse":
        if request.method != "POST":
            return super().handle_no_permission(request, view_func)
        return resubmit(
            request,
            status=FORBIDDEN,
            title="You are no longer signed in",
            message="Your session has ended, so this was not saved yet.",
            sign_in=self.get_login_url(view_func),
        )
