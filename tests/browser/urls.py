"""The site's URLs, and one more for each error that Django itself handles."""

from typing import NoReturn

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.urls import path

from garage.urls import urlpatterns as site_urlpatterns


@login_not_required
def garbled(request: HttpRequest) -> NoReturn:
    raise SuspiciousOperation


@login_not_required
def forbidden(request: HttpRequest) -> NoReturn:
    raise PermissionDenied


@login_not_required
def broken(request: HttpRequest) -> NoReturn:
    raise RuntimeError("An error on purpose, to show the error page.")


urlpatterns = [
    *site_urlpatterns,
    path("garbled/", garbled),
    path("forbidden/", forbidden),
    path("broken/", broken),
]
