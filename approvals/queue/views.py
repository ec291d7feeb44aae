"""The queue of a city, and the assignment of an application to an officer."""

from typing import NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from approvals.forms import first_error
from approvals.queries import QUEUES
from approvals.queue.assignments import assign_market
from approvals.queue.counts import counts_of_queue
from approvals.queue.filters import EVERY_STATUS, SEARCH_LENGTH, Assignee
from approvals.queue.forms import AssignForm, SelectionForm
from approvals.queue.queries import Waiting, page_of_queue
from approvals.queue.selection import MAX_SELECTED, BulkAction, SelectedMarket
from approvals.queue.view_helpers import assignee_choices, queue_of, review_url
from approvals.view_helpers import officers_only
from core.errors import InvalidDetails, VersionConflict
from identity.http import Request
from markets.cities.queries import get_city
from markets.models import Category, Market, MarketKey

NOT_CHANGED = "The assignment was not changed."
WAITING_CHOICES = (7, 14, 30)  # days; the city's target and the chosen number are added


class Row(NamedTuple):
    """An application in the list, with the token that its checkbox sends."""

    market: Market
    waiting: Waiting | None
    token: str
    is_selected: bool


@require_safe
@officers_only
def queue(request: Request, city_slug: str) -> HttpResponse:
    return render_queue(request, city_slug)


def render_queue(
    request: Request, city_slug: str, *, selection_form: SelectionForm | None = None
) -> HttpResponse:
    """Show the queue with the URL's filter; `selection_form` is one that has errors."""
    actor, view = request.user.actor, queue_of(request)
    page = page_of_queue(actor, city_slug, view, cursor=request.GET.get("cursor"))
    city = get_city(city_slug)
    counts = counts_of_queue(actor, city_slug)
    chosen_days = set() if view.longer_than is None else {view.longer_than}
    selected = set(request.POST.getlist("selected")) if selection_form else set()
    context = {
        "city": city,
        "queue": view,
        "tabs": [
            *((status.value, status.label, counts[status]) for status in QUEUES),
            (EVERY_STATUS, "All", sum(counts.values())),
        ],
        "tab": view.status.value if view.status else EVERY_STATUS,
        "categories": Category.choices,
        "assignees": Assignee.choices,
        "search_length": SEARCH_LENGTH,
        "waiting_choices": sorted({*WAITING_CHOICES, int(city.decision_days), *chosen_days}),
        "rows": [
            Row(market, Waiting.of(market, city), token, token in selected)
            for market in page.items
            for token in [str(SelectedMarket.of(market))]
        ],
        "actions": BulkAction.choices,
        "selection_form": selection_form or SelectionForm(),
        "selection_error": first_error(selection_form) if selection_form else "",
        "max_selected": MAX_SELECTED,
        "next_cursor": page.next_cursor,
    }
    status = 422 if selection_form else 200
    return render(request, "approvals/queue/queue.html", context, status=status)


@require_POST
@officers_only
def assign(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    actor, key = request.user.actor, MarketKey(str(user_id), str(market_id))
    back = redirect(review_url(request, city_slug, key))
    form = AssignForm(request.POST, choices=assignee_choices(actor, city_slug))
    if not form.is_valid():
        messages.error(request, f"{NOT_CHANGED} {first_error(form)}")
        return back
    try:
        market = assign_market(actor, city_slug, key, **form.cleaned_data)
    except (InvalidDetails, VersionConflict) as refusal:
        messages.error(request, f"{NOT_CHANGED} {refusal}")
        return back
    name = "you" if market.assignee == actor.id else market.assignee_name or "nobody"
    messages.success(request, f"{market.reference} {market.title} is now assigned to {name}.")
    return back
