"""The merchant's pages: parse, call the operation, respond."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError, NotFound, Unavailable, VersionConflict
from core.web.parsing import parse_version
from identity.http import Request
from markets import operations
from markets.cities.queries import all_cities, get_city
from markets.history.queries import history_of
from markets.history.timeline import changes, timeline
from markets.lifecycle import Action
from markets.models import Market, Status
from markets.outbox.messages import standing_messages
from markets.permissions import can_edit, can_submit, can_withdraw
from markets.queries import page_of_markets
from markets.sections import SECTIONS
from markets.summary import as_of, parts
from markets.view_helpers import current_merchant, own_market


@require_safe
def market_list(request: Request) -> HttpResponse:
    page = page_of_markets(current_merchant(request), cursor=request.GET.get("cursor"))
    context = {
        "markets": page.items,
        "next_cursor": page.next_cursor,
        "cities": all_cities(),
    }
    return render(request, "markets/applications/list.html", context)


@require_safe
def detail(request: Request, market_id: UUID) -> HttpResponse:
    """Where an application stands. For a draft that is its list of tasks."""
    market = own_market(request, market_id)
    if market.status == Status.DRAFT:
        return _render_tasks(request, market)
    actor = current_merchant(request)
    history = timeline(market, history_of(market))
    submission = next((step for step in history if step.action == Action.SUBMIT), None)
    context = {
        "market": market,
        "city": get_city(market.city),
        "asked": _asked(market),
        "history": history,
        "submission": submission,
        "sent": standing_messages(market),
        "can_edit": can_edit(actor, market),
        "can_submit": can_submit(actor, market),
        "can_withdraw": can_withdraw(actor, market),
    }
    return render(request, "markets/applications/detail.html", context)


@require_safe
def tasks(request: Request, market_id: UUID) -> HttpResponse:
    """The parts of an application that can be edited, and how far each has come."""
    market = own_market(request, market_id)
    if market.status == Status.DRAFT:
        return redirect("markets:detail", market_id)
    if not can_edit(current_merchant(request), market):
        messages.error(request, f"{market.reference} can no longer be edited.")
        return redirect("markets:detail", market_id)
    return _render_tasks(request, market)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: Request, market_id: UUID) -> HttpResponse:
    market = own_market(request, market_id)
    actor = current_merchant(request)
    if request.method != "POST":
        if not can_withdraw(actor, market):
            return redirect("markets:detail", market_id)
        if market.status == Status.DRAFT:
            return redirect("markets:delete", market_id)
        context = {"market": market, "city": get_city(market.city)}
        return render(request, "markets/applications/withdraw.html", context)
    version = parse_version(request.POST.get("expected_version"))
    try:
        operations.withdraw_market(actor, market.key, expected_version=version)
    except Unavailable:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{market.reference} is withdrawn.")
    return redirect("markets:detail", market_id)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: Request, market_id: UUID) -> HttpResponse:
    try:
        market = own_market(request, market_id)
    except NotFound:
        if request.method != "POST":
            raise
        return redirect("markets:list")  # a second click: it is gone
    if market.status != Status.DRAFT:
        messages.error(request, "Only a draft can be deleted; what was submitted is withdrawn.")
        return redirect("markets:detail", market_id)
    if request.method != "POST":
        context = {"market": market, "city": get_city(market.city)}
        return render(request, "markets/applications/delete.html", context)
    version = parse_version(request.POST.get("expected_version"))
    try:
        operations.delete_draft(current_merchant(request), market.key, expected_version=version)
    except VersionConflict:
        messages.error(request, "The draft was changed in the meantime, so it was not deleted.")
        return redirect("markets:detail", market_id)
    messages.success(request, f"Draft {market.reference} is deleted.")
    return redirect("markets:list")


@require_safe
def version(request: Request, market_id: UUID, number: int) -> HttpResponse:
    """An application as it was in one version: as handed in, as decided, fit for printing."""
    market = own_market(request, market_id)
    records = history_of(market)
    copy = as_of(market, records, number)
    if copy is None:
        raise NotFound("There is no such version of this application.")
    made = [entry for entry in records if entry.version == number]
    context = {
        "market": market,
        "copy": copy,
        "city": get_city(market.city),
        "step": timeline(market, made)[0],
        "changes": changes(made) if made[0].before else [],
        "is_latest": number == market.version,
    }
    return render(request, "markets/applications/version.html", context)


def _asked(market: Market) -> list[dict[str, Any]]:
    """Return what the city asks to change, each with the part where it is changed."""
    return [
        {"section": part.section, "answer": answer}
        for part in parts(market, get_city(market.city))
        for answer in part.answers
        if answer.asked
    ]


def _render_tasks(request: Request, market: Market) -> HttpResponse:
    context = {
        "market": market,
        "city": get_city(market.city),
        "asked": _asked(market),
        "tasks": [(section, section.progress(market)) for section in SECTIONS],
        "can_submit": can_submit(current_merchant(request), market),
    }
    return render(request, "markets/applications/task_list.html", context)
