"""The city hall's way through its applications: the queue, desks, photos in large."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from approvals.queries import QUEUES
from approvals.queue.assignments import assign_market
from approvals.queue.counts import counts_of_queue
from approvals.queue.filters import EVERY_STATUS, Assignee
from approvals.queue.queries import Waiting, page_of_queue
from approvals.queue.selection import MOST, BulkAction, SelectedMarket
from approvals.queue.view_helpers import queue_of, review_url
from approvals.view_helpers import officers_only
from core.errors import InvalidDetails, VersionConflict
from core.web.parsing import parse_version
from identity.http import Request
from markets.cities.queries import get_city
from markets.models import Category, MarketKey

WAITING_CHOICES = (7, 14, 30)  # days; the city's target, and what the URL says, join them


@require_safe
@officers_only
def queue(request: Request, city_slug: str) -> HttpResponse:
    return render_queue(request, city_slug)


def render_queue(request: Request, city_slug: str, **more: Any) -> HttpResponse:
    """Show the view that the URL names; `more` tells what was wrong with a choice made in it."""
    actor, view = request.user.actor, queue_of(request)
    page = page_of_queue(actor, city_slug, view, cursor=request.GET.get("cursor"))
    city = get_city(city_slug)
    counts = counts_of_queue(actor, city_slug)
    asked = set() if view.longer_than is None else {view.longer_than}
    context = {
        "city": city,
        "queue": view,
        "tabs": [
            *((status.value, status.label, counts[status]) for status in QUEUES),
            (EVERY_STATUS, "All", sum(counts.values())),
        ],
        "tab": view.status.value if view.status else EVERY_STATUS,
        "categories": Category.choices,
        "desks": Assignee.choices,
        "waiting_choices": sorted({*WAITING_CHOICES, int(city.decision_days), *asked}),
        "rows": [
            (each, Waiting.of(each, city), str(SelectedMarket.of(each))) for each in page.items
        ],
        "actions": BulkAction.choices,
        "most": MOST,
        "next_cursor": page.next_cursor,
    }
    return render(
        request, "approvals/queue/queue.html", context | more, status=422 if more else 200
    )


@require_POST
@officers_only
def assign(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    key = MarketKey(str(user_id), str(market_id))
    assignee = request.POST.get("assignee", "")
    try:
        market = assign_market(
            request.user.actor,
            city_slug,
            key,
            expected_version=parse_version(request.POST.get("expected_version")),
            assignee=assignee,
        )
    except (InvalidDetails, VersionConflict) as refusal:
        messages.error(request, f"On whose desk it is was not changed. {refusal}")
    else:
        desk = "your desk" if market.assignee == request.user.actor.id else market.assignee_name
        messages.success(
            request,
            f"{market.reference} {market.name} is now with {desk}."
            if market.assignee
            else f"{market.reference} {market.name} is on no desk now.",
        )
    return redirect(review_url(request, city_slug, key))
