"""Bulk actions: select in the queue, preview the outcomes, confirm, read the results."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from approvals.bulk import operations as bulk
from approvals.bulk.forms import BulkApproveForm, BulkRejectForm
from approvals.queue.counts import recount
from approvals.queue.forms import NOTHING_SELECTED, BulkAssignForm, SelectionForm
from approvals.queue.selection import (
    MAX_SELECTED,
    BulkAction,
    Scope,
    SelectedMarket,
    sign_selection,
    verify_selection,
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
    """Show what the action would do to each application, and ask for what else it needs."""
    actor = request.user.actor
    require_reviewer(actor, city_slug)
    selection_form = SelectionForm(request.POST)
    if not selection_form.is_valid():
        return render_queue(request, city_slug, selection_form=selection_form)
    selection, has_more = selection_form.selection, False
    if selection_form.cleaned_data["scope"] == Scope.LIST:
        selection, has_more = bulk.select_list(actor, city_slug, queue_of(request))
    if not selection:
        selection_form.add_error(None, NOTHING_SELECTED)
        return render_queue(request, city_slug, selection_form=selection_form)
    action = BulkAction(selection_form.cleaned_data["action"])
    form = _form(request, city_slug, action)
    return _render_preview(request, city_slug, action, selection, form, has_more=has_more)


@require_POST
@officers_only
def confirm(request: Request, city_slug: str) -> HttpResponse:
    """Carry out the action, and show the outcome for each application."""
    actor = request.user.actor
    require_reviewer(actor, city_slug)
    try:
        action, selection = verify_selection(actor, city_slug, request.POST.get("selection", ""))
    except NotFound as refusal:
        messages.error(request, str(refusal))
        return redirect(queue_url(request, city_slug))
    form = _form(request, city_slug, action, request.POST)
    if not form.is_valid():
        return _render_preview(request, city_slug, action, selection, form)
    data = form.cleaned_data
    match action:
        case BulkAction.APPROVE:
            outcomes = bulk.approve_all(actor, city_slug, selection)
        case BulkAction.REJECT:
            reason_code = ReasonCode(data["reason_code"])
            outcomes = bulk.reject_all(
                actor, city_slug, selection, reason_code=reason_code, text=data["text"]
            )
        case BulkAction.ASSIGN:
            outcomes = bulk.assign_all(actor, city_slug, selection, assignee=data["assignee"])
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
    *,
    has_more: bool = False,
) -> HttpResponse:
    """Show the preview; `has_more` is whether the list is longer than the selection may be."""
    actor = request.user.actor
    outcomes = bulk.preview_bulk(actor, city_slug, selection, action)
    context = {
        "city": get_city(city_slug),
        "queue": queue_of(request),
        "action": action,
        "outcomes": outcomes,
        "possible": sum(outcome.succeeded for outcome in outcomes),
        "max_selected": MAX_SELECTED if has_more else None,
        "selection": sign_selection(actor, city_slug, action, selection),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "approvals/bulk/preview.html", context, status=status)
