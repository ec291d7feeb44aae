"""The site's URLs and three more: two return the actor, one adds a message."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.urls import path

from garage.urls import urlpatterns as site_urlpatterns
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
    *site_urlpatterns,
    path("closed/", who, name="closed"),
    path("noticed/", notice),
    path("open/", who_at_an_open_page, name="open"),
]
