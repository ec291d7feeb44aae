"""Errors for scripts, which ask for JSON: what DomainErrorMiddleware is for pages."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from core.dynamodb import as_domain_error
from core.errors import DomainError

View = Callable[..., HttpResponseBase]


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of ours sent the request; it names JSON and nothing else."""
    return request.headers.get("Accept") == "application/json"


def json_errors(details: Callable[[DomainError], Mapping[str, Any]]) -> Callable[[View], View]:
    """Let a view answer scripts with JSON if it raises a DomainError.

    The answer has the error's status, its `message`, and what `details` returns for it.
    Requests for a page, and all other errors, are left to the middleware.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except Exception as fault:
                error = fault if isinstance(fault, DomainError) else as_domain_error(fault)
                if error is None or not wants_json(request):
                    raise
                answer = JsonResponse(
                    {"message": str(error), **details(error)}, status=error.status
                )
                if error.retry_after is not None:
                    answer["Retry-After"] = str(error.retry_after)
                return answer

        return respond

    return decorate
