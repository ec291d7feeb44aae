"""What people read of a domain error, or of an address that only takes forms: a page in words."""

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from core.dynamodb import as_domain_error
from core.errors import DomainError, Unavailable
from core.web.resubmit import resubmit

logger = logging.getLogger(__name__)
RETRY_AFTER = 5  # seconds


class DomainErrorMiddleware:
    """Renders the domain errors that a view leaves to it, under their own status.

    So it does with an address that is opened but has nothing to show, such as
    where a decision goes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and request.method == "GET":
            # Browsers show an error of their own for an empty answer.
            said = {
                "status": response.status_code,
                "title": "There is no page here",
                "message": "This address only takes what forms send. Nothing was done.",
            }
            response.content = render(request, "error.html", said).content
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = exception if isinstance(exception, DomainError) else as_domain_error(exception)
        if error is None:
            return None
        if isinstance(error, Unavailable):
            logger.warning("unavailable", exc_info=exception)
        said: Any = {"status": error.status, "title": error.title, "message": str(error)}
        passing = isinstance(error, Unavailable)
        if passing and request.method == "POST":
            response = resubmit(request, **said)
        else:
            response = render(request, "error.html", said, status=error.status)
        if passing:
            response["Retry-After"] = str(RETRY_AFTER)
        return response
