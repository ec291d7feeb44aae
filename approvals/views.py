"""The way to a city hall's desk."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from approvals.view_helpers import officers_only
from core.errors import NotAllowed
from identity.http import Request
from markets.cities.queries import get_city


@require_safe
@officers_only
def cities(request: Request) -> HttpResponse:
    slugs = sorted(request.user.actor.cities)
    if not slugs:
        raise NotAllowed("You are not signed in as an officer of a city hall.")
    if len(slugs) == 1:
        return redirect("approvals:queue", slugs[0])
    context = {"cities": [get_city(slug) for slug in slugs]}
    return render(request, "approvals/cities.html", context)
