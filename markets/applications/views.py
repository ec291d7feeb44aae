"""The merchant's pages: parse, call the operation, respond."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import InvalidTransition, NotFound, VersionConflict
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
from markets.summary import market_at_version, summarize
from markets.view_helpers import current_merchant, own_key, own_market


@require_safe
def market_list(request: Request) -> HttpResponse:
    page = page_of_markets(current_merchant(request), cursor=request.GET.get("cursor"))
    cities = {city.slug: city for city in all_cities()}
    context = {
        "markets": [(market, cities.get(market.city)) for market in page.items],
        "next_cursor": page.next_cursor,
        "cities": cities.values(),
    }
    return render(request, "markets/applications/list.html", context)


@require_safe
def detail(request: Request, market_id: UUID) -> HttpResponse:
    """The status of an application; for a draft, its task list."""
    market = own_market(request, market_id)
    if market.status == Status.DRAFT:
        return _render_task_list(request, market)
    actor = request.user.actor
    history = timeline(market, history_of(market))
    submission = next((entry for entry in history if entry.action == Action.SUBMIT), None)
    context = {
        "market": market,
        "city": get_city(market.city),
        "change_requests": _change_requests(market),
        "history": history,
        "submission": submission,
        "sent": standing_messages(market),
        "can_edit": can_edit(actor, market),
        "can_submit": can_submit(actor, market),
        "can_withdraw": can_withdraw(actor, market),
    }
    return render(request, "markets/applications/detail.html", context)


@require_safe
def task_list(request: Request, market_id: UUID) -> HttpResponse:
    """The sections of an application that can be edited, each with its progress."""
    market = own_market(request, market_id)
    if market.status == Status.DRAFT:
        return redirect("markets:detail", market_id)
    if not can_edit(request.user.actor, market):
        messages.error(request, f"{market.reference} can no longer be edited.")
        return redirect("markets:detail", market_id)
    return _render_task_list(request, market)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: Request, market_id: UUID) -> HttpResponse:
    if request.method == "POST":
        return _withdraw(request, market_id)
    market = own_market(request, market_id)
    if not can_withdraw(request.user.actor, market):
        return redirect("markets:detail", market_id)
    if market.status == Status.DRAFT:
        return redirect("markets:delete", market_id)
    context = {"market": market, "city": get_city(market.city)}
    return render(request, "markets/applications/withdraw.html", context)


def _withdraw(request: Request, market_id: UUID) -> HttpResponse:
    key = own_key(request, market_id)
    version = parse_version(request.POST.get("expected_version"))
    try:
        market = operations.withdraw_market(request.user.actor, key, expected_version=version)
    except (InvalidTransition, VersionConflict) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{market.reference} is withdrawn.")
    return redirect("markets:detail", market_id)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: Request, market_id: UUID) -> HttpResponse:
    if request.method == "POST":
        return _delete(request, market_id)
    market = own_market(request, market_id)
    if market.status != Status.DRAFT:
        messages.error(request, "Only a draft can be deleted. You can withdraw an application.")
        return redirect("markets:detail", market_id)
    context = {"market": market, "city": get_city(market.city)}
    return render(request, "markets/applications/delete.html", context)


def _delete(request: Request, market_id: UUID) -> HttpResponse:
    key = own_key(request, market_id)
    version = parse_version(request.POST.get("expected_version"))
    try:
        market = operations.delete_draft(request.user.actor, key, expected_version=version)
    except NotFound:  # sent again: it is deleted already
        messages.info(request, "There is no such draft any more.")
        return redirect("markets:list")
    except InvalidTransition as error:
        messages.error(request, str(error))
        return redirect("markets:detail", market_id)
    except VersionConflict:
        messages.error(request, "The draft was changed in the meantime, so it was not deleted.")
        return redirect("markets:detail", market_id)
    messages.success(request, f"Draft {market.reference} is deleted.")
    return redirect("markets:list")


@require_safe
def version(request: Request, market_id: UUID, number: int) -> HttpResponse:
    """An application as it was in one version, to read or to print."""
    market = own_market(request, market_id)
    records = history_of(market)
    copy = market_at_version(market, records, number)
    if copy is None:
        raise NotFound("There is no such version of this application.")
    made_by = [entry for entry in records if entry.version == number]
    context = {
        "market": market,
        "copy": copy,
        "city": get_city(market.city),
        "entry": timeline(market, made_by)[0],
        "changes": changes(made_by) if made_by[0].before else [],
        "is_latest": number == market.version,
    }
    return render(request, "markets/applications/version.html", context)


def _change_requests(market: Market) -> list[dict[str, Any]]:
    """Return the fields that the city asks to change, each with its section."""
    return [
        {"section": summary.section, "row": row}
        for summary in summarize(market, get_city(market.city))
        for row in summary.rows
        if row.change_request
    ]


def _render_task_list(request: Request, market: Market) -> HttpResponse:
    context = {
        "market": market,
        "city": get_city(market.city),
        "change_requests": _change_requests(market),
        "tasks": [(section, section.progress(market)) for section in SECTIONS],
        "can_submit": can_submit(request.user.actor, market),
    }
    return render(request, "markets/applications/task_list.html", context)
