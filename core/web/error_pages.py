"""The one way in which pages show an error."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import DomainError
from core.web.resubmit import resubmit


def error_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the page for an error.

    If trying again may help, a form that was sent comes back with everything that
    was entered in it, and the answer says after how many seconds to try again.
    """
    if error.retry_after is None:
        return plain_page(request, status=error.status, title=error.title, message=str(error))
    if request.method == "POST":
        response = resubmit(request, status=error.status, title=error.title, message=str(error))
    else:
        response = plain_page(request, status=error.status, title=error.title, message=str(error))
    response["Retry-After"] = str(error.retry_after)
    return response


def plain_page(request: HttpRequest, *, status: int, title: str, message: str) -> HttpResponse:
    """Return a page that only says what is wrong."""
    context = {"status": status, "title": title, "message": message}
    return render(request, "error.html", context, status=status)
