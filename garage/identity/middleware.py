"""`request.user` without a register of people."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.middleware import AuthenticationMiddleware as DjangosMiddleware
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from garage.dynamodb import as_domain_error
from garage.errors import DomainError
from garage.identity.models import User, Visitor
from garage.identity.sessions import resume

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

RETRY_AFTER = 30  # seconds


class AuthenticationMiddleware(DjangosMiddleware):
    """Sets `request.user` to a User or a Visitor; either has an `actor`.

    While nobody can tell whether a session still holds, its person is a
    visitor: public pages go on, and all others say that they cannot.
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
        known = request.user.is_authenticated
        fault: DomainError | None = getattr(request, "identity_fault", None)
        if known or fault is None or not getattr(view, "login_required", True):
            return None
        context = {"title": fault.title, "message": str(fault), "status": fault.status}
        response = render(request, "error.html", context, status=fault.status)
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
