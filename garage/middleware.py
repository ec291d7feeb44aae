"""What pages make of a domain error: an error page that says what happened."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from garage.dynamodb import as_domain_error
from garage.errors import DomainError, Unavailable

logger = logging.getLogger(__name__)
RETRY_AFTER = 5  # seconds


class DomainErrorMiddleware:
    """Renders the domain errors that a view leaves to it, under their own status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = exception if isinstance(exception, DomainError) else as_domain_error(exception)
        if error is None:
            return None
        if isinstance(error, Unavailable):
            logger.warning("unavailable", exc_info=exception)
        response = render(
            request,
            "error.html",
            {"title": error.title, "message": str(error), "status": error.status},
            status=error.status,
        )
        if isinstance(error, Unavailable):
            response["Retry-After"] = str(RETRY_AFTER)
        return response
