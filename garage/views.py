"""The pages that belong to no app: the home page, health checks, the page for a CSRF failure."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import deadline
from core.calls import http_call
from core.unsaved.responses import save_for_later
from core.web.error_pages import plain_page
from core.web.resubmit import is_same_origin, resubmit
from markets.cities.queries import all_cities

FORBIDDEN = 403
PROBE_SECONDS = 2.0  # that a service has to answer, until the site counts as not ready


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"cities": all_cities()})


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the process answers; it calls no other service."""
    return JsonResponse({"status": "ok"})


@require_safe
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether the services that the site needs answer; 503 with the one that does not."""
    parts = {name: _probe(check) for name, check in _PROBES.items()}
    ready = all(answer == "ok" for answer in parts.values())
    status = "ok" if ready else "unavailable"
    return JsonResponse({"status": status, **parts}, status=200 if ready else 503)


def _probe(check: Callable[[], object]) -> str:
    try:
        with deadline.within(PROBE_SECONDS):
            check()
    except Exception as fault:  # noqa: BLE001 - whatever is wrong, it is not ready
        return type(fault).__name__
    return "ok"


def _check_table() -> None:
    from markets.models import Market

    Market.count("readyz", limit=1)


def _check_bucket() -> None:
    from django.core.files.storage import default_storage

    default_storage.exists("readyz")


def _check_issuer() -> None:
    import requests

    with http_call("sign-in") as timeout:
        requests.get(settings.GARAGE.jwks_url, timeout=timeout).raise_for_status()


_PROBES: dict[str, Callable[[], object]] = {
    "table": _check_table,
    "bucket": _check_bucket,
    "issuer": _check_issuer,
}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if saved := save_for_later(request):
        return saved
    title = "This form is no longer valid"
    if "Origin" in request.headers and is_same_origin(request) and request.COOKIES:
        # One of ours, opened before its author signed in again in another tab.
        message = "You have signed in since you opened it. Please send it once more."
        return resubmit(request, status=FORBIDDEN, title=title, message=message)
    message = (
        "It was open for too long, or cookies are switched off."
        " Go back, reload the page and send it again."
    )
    return plain_page(request, status=FORBIDDEN, title=title, message=message)
