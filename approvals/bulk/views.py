"""Deciding many at once: select in the queue, see what will happen, confirm, read the results."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from approvals.bulk import operations as bulk
from approvals.bulk.forms import BulkApproveForm, BulkRejectForm
from approvals.queue.counts import recount
from approvals.queue.forms import BulkAssignForm
from approvals.queue.selection import (
    MOST,
    BulkAction,
    SelectedMarket,
    read_selection,
    sign_selection,
)
from approvals.queue.view_helpers import assignee_choices, queue_of, queue_url
from approvals.queue.views import render_queue
from approvals.view_helpers import officers_only
from core.errors import NotFound
from identity.http import Request
from identity.permissions import require_reviewer
from markets.cities.queries import get_city
from markets.models import ReasonCode

Form = BulkApproveForm | BulkAssignForm | BulkRejectForm


@require_POST
@officers_only
def preview(request: Request, city_slug: str) -> HttpResponse:
    """Show what will happen to each of the chosen markets, and ask for what the action needs."""
    actor = request.user.actor
    require_reviewer(actor, city_slug)
    asked, scope = request.POST.get("action", ""), request.POST.get("scope", "")
    more = False
    if scope == "view":
        selection, more = bulk.select_view(actor, city_slug, queue_of(request))
    else:
        tokens = request.POST.getlist("shown" if scope == "page" else "pick")
        # In the list's order, each once.
        read = {
            selected.key: selected for token in tokens if (selected := SelectedMarket.read(token))
        }
        selection = list(read.values())[:MOST]
    wrong = ""
    if not selection:
        wrong = "Nothing is selected. Select markets in the list, or choose all of them."
    elif asked not in BulkAction:
        wrong = "Choose what to do with the markets."
    if wrong:
        ticked = set(request.POST.getlist("pick"))
        choice = {"scope": scope, "action": asked, "ticked": ticked}
        return render_queue(request, city_slug, bulk_error=wrong, choice=choice)
    action = BulkAction(asked)
    return _render_preview(
        request, city_slug, action, selection, _form(request, city_slug, action), more
    )


@require_POST
@officers_only
def confirm(request: Request, city_slug: str) -> HttpResponse:
    """Do it, and show what became of each."""
    actor = request.user.actor
    require_reviewer(actor, city_slug)
    try:
        action, selection = read_selection(actor, city_slug, request.POST.get("selection", ""))
    except NotFound as refusal:
        messages.error(request, str(refusal))
        return redirect(queue_url(request, city_slug))
    form = _form(request, city_slug, action, request.POST)
    if not form.is_valid():
        return _render_preview(request, city_slug, action, selection, form)
    said = form.cleaned_data
    match action:
        case BulkAction.APPROVE:
            outcomes = bulk.approve_all(actor, city_slug, selection)
        case BulkAction.REJECT:
            reason = ReasonCode(said["reason_code"])
            outcomes = bulk.reject_all(
                actor, city_slug, selection, reason_code=reason, text=said["text"]
            )
        case BulkAction.ASSIGN:
            outcomes = bulk.assign_all(actor, city_slug, selection, assignee=said["assignee"])
    recount(actor, city_slug)
    context = {
        "city": get_city(city_slug),
        "queue": queue_of(request),
        "action": action,
        "outcomes": outcomes,
        "done": sum(outcome.succeeded for outcome in outcomes),
    }
    return render(request, "approvals/bulk/results.html", context)


def _form(
    request: Request, city_slug: str, action: BulkAction, data: QueryDict | None = None
) -> Form:
    match action:
        case BulkAction.APPROVE:
            return BulkApproveForm(data)
        case BulkAction.REJECT:
            return BulkRejectForm(data)
        case BulkAction.ASSIGN:
            return BulkAssignForm(data, choices=assignee_choices(request.user.actor, city_slug))


def _render_preview(
    request: Request,
    city_slug: str,
    action: BulkAction,
    selection: list[SelectedMarket],
    form: Form,
    more: bool = False,  # noqa: FBT001, FBT002
) -> HttpResponse:
    actor = request.user.actor
    outcomes = bulk.preview_bulk(actor, city_slug, selection, action)
    context: dict[str, Any] = {
        "city": get_city(city_slug),
        "queue": queue_of(request),
        "action": action,
        "outcomes": outcomes,
        "possible": sum(outcome.succeeded for outcome in outcomes),
        "most": MOST if more else None,
        "selection": sign_selection(actor, city_slug, action, selection),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "approvals/bulk/preview.html", context, status=status)
