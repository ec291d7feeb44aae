"""The site's map, with a page more for each way in which Django itself gives up."""

from typing import NoReturn

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.urls import path

from garage.urls import urlpatterns as the_sites_own


@login_not_required
def garbled(request: HttpRequest) -> NoReturn:
    raise SuspiciousOperation


@login_not_required
def forbidden(request: HttpRequest) -> NoReturn:
    raise PermissionDenied


@login_not_required
def broken(request: HttpRequest) -> NoReturn:
    raise RuntimeError("This page is broken so that somebody may see the page about it.")


urlpatterns = [
    *the_sites_own,
    path("garbled/", garbled),
    path("forbidden/", forbidden),
    path("broken/", broken),
]
