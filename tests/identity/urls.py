"""The site's map with pages more: two say who is there, one leaves a notice."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.urls import path

from garage.urls import urlpatterns as the_sites_own
from identity.http import Request


def who(request: Request) -> JsonResponse:
    actor = request.user.actor
    return JsonResponse({"kind": actor.kind, "id": actor.id, "cities": sorted(actor.cities)})


@login_not_required
def who_at_an_open_page(request: Request) -> JsonResponse:
    return who(request)


@login_not_required
def notice(request: Request) -> JsonResponse:
    messages.info(request, "Noted.")
    return JsonResponse({})


urlpatterns = [
    *the_sites_own,
    path("closed/", who, name="closed"),
    path("noticed/", notice),
    path("open/", who_at_an_open_page, name="open"),
]
