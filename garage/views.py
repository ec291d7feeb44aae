"""The pages that belong to no app: the front door, and how the site is doing."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.unsaved.operations import save
from core.web.resubmit import is_same_origin, resubmit
from markets.cities.queries import all_cities

PROBE_TIMEOUT = 2  # seconds


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"cities": all_cities()})


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the process answers; asks nothing of anybody."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether what the site needs answers; 503 with the part that does not."""
    parts = {name: _probe(ask) for name, ask in _PROBES.items()}
    ready = all(answer == "ok" for answer in parts.values())
    status = "ok" if ready else "unavailable"
    return JsonResponse({"status": status, **parts}, status=200 if ready else 503)


def _probe(ask: Callable[[], object]) -> str:
    try:
        ask()
    except Exception as fault:  # noqa: BLE001 - whatever is wrong, it is not ready
        return type(fault).__name__
    return "ok"


def _ask_table() -> None:
    from markets.models import Market

    Market.count("readyz", limit=1)


def _ask_bucket() -> None:
    from django.core.files.storage import default_storage

    default_storage.exists("readyz")


def _ask_issuer() -> None:
    import requests

    requests.get(settings.GARAGE.jwks_url, timeout=PROBE_TIMEOUT).raise_for_status()


_PROBES: dict[str, Callable[[], object]] = {
    "table": _ask_table,
    "bucket": _ask_bucket,
    "issuer": _ask_issuer,
}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if rescued := save(request):
        return rescued
    title = "This form is no longer valid"
    if "Origin" in request.headers and is_same_origin(request) and request.COOKIES:
        # One of ours, from before somebody signed in again in another tab.
        message = "You have signed in since it was opened. Please send it once more."
        return resubmit(request, status=403, title=title, message=message)
    context = {
        "title": title,
        "message": "It was open for too long, or cookies are switched off."
        " Go back, reload the page and send it again.",
        "status": 403,
    }
    return render(request, "error.html", context, status=403)
