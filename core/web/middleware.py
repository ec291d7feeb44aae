"""The error boundary: whatever a view leaves to it becomes a page that people understand."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from core import deadline
from core.dynamodb import as_domain_error
from core.errors import DomainError, Unavailable
from core.web.error_pages import error_page, plain_page

logger = logging.getLogger(__name__)


QUEUE_SECONDS = "garage.queue_seconds"
"""Where a server says in the WSGI environment how long a request has waited for a thread."""


class DeadlineMiddleware:
    """Gives each request one budget of time for all its calls of other services.

    Outermost, so that it counts for the other middleware as well. What is streamed after
    the view has returned is not part of it: no error page could take its place.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        waited: float = request.META.get(QUEUE_SECONDS, 0.0)
        with deadline.within(settings.REQUEST_SECONDS - waited):
            return self.get_response(request)


class DomainErrorMiddleware:
    """Shows domain errors under their own status, and faults of AWS that pass by themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and request.method == "GET":
            # Browsers show an error of their own for an empty answer.
            page = plain_page(
                request,
                status=response.status_code,
                title="There is no page at this address",
                message="It only accepts forms. Nothing was changed.",
            )
            response.content = page.content
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = exception if isinstance(exception, DomainError) else as_domain_error(exception)
        if error is None:
            return None
        if isinstance(error, Unavailable):
            logger.warning("unavailable", exc_info=exception)
        return error_page(request, error)
