"""The city hall's start page."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from approvals.permissions import require_officer
from approvals.view_helpers import officers_only
from identity.http import Request
from markets.cities.queries import get_city


@require_safe
@officers_only
def cities(request: Request) -> HttpResponse:
    """Redirect to the officer's queue, or list the cities if there are several."""
    require_officer(request.user.actor)
    slugs = sorted(request.user.actor.cities)
    if len(slugs) == 1:
        return redirect("approvals:queue", slugs[0])
    context = {"cities": [get_city(slug) for slug in slugs]}
    return render(request, "approvals/cities.html", context)
