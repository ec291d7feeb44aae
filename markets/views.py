"""The merchant's pages: parse, call the operation, respond."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from uuid6 import uuid7

from garage.actors import Actor
from garage.errors import AlreadyExists, DomainError, InvalidDetails, NotAllowed, VersionConflict
from garage.identity.http import Request
from markets import operations
from markets.cities import CallState, all_cities, get_city
from markets.forms import ADD_PHOTO, Application
from markets.history import changes, timeline
from markets.models import Market, MarketKey, Status
from markets.permissions import can_apply, can_edit, can_submit, can_withdraw
from markets.queries import get_market, history_of, page_of_markets

SAVE_DRAFT = "save-draft"


@require_safe
def market_list(request: Request) -> HttpResponse:
    page = page_of_markets(_merchant(request), cursor=request.GET.get("cursor"))
    context = {
        "markets": page.items,
        "next_cursor": page.next_cursor,
        "cities": all_cities(),
        "city_names": {city.slug: city.name for city in all_cities()},
    }
    return render(request, "markets/market_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: Request, city_slug: str) -> HttpResponse:
    """The application form, whose market id is drawn with the page.

    Sending it twice therefore makes one market.
    """
    actor, city = _merchant(request), get_city(city_slug)
    salt = f"apply:{actor.id}:{city.slug}"
    if request.method != "POST":
        if city.call_state != CallState.OPEN:
            return render(request, "markets/call_not_open.html", {"city": city}, status=409)
        market_id = str(uuid7())
        application = Application(
            market_id=market_id, initial={"contact_email": request.user.email}
        )
        context = {"application_id": signing.dumps(market_id, salt=salt)}
        return _render_form(request, application, city=city, **context)
    application_id = request.POST.get("application_id", "")
    try:
        market_id = signing.loads(application_id, salt=salt)
    except signing.BadSignature:
        market_id, application_id = _draw_again(salt)
    action = request.POST.get("action")
    application = Application(
        request.POST, request.FILES, market_id=market_id, complete=_is_complete(action)
    )
    if application.is_valid() and action != ADD_PHOTO:
        key = MarketKey(actor.id, market_id)
        try:
            market = operations.create_draft(
                actor, market_id=market_id, city_slug=city.slug, details=application.details()
            )
        except AlreadyExists:
            messages.info(request, "This application had been saved already.")
            return redirect("markets:detail", market_id)
        except (operations.CallNotOpen, InvalidDetails) as refusal:
            application.form.add_error(None, str(refusal))
        else:
            if action != SAVE_DRAFT:
                operations.submit_market(actor, key, expected_version=market.version)
            _say_saved(request, market, action)
            return redirect("markets:detail", market_id)
    return _render_form(request, application, city=city, application_id=application_id)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, market_id: UUID) -> HttpResponse:
    actor = _merchant(request)
    market = get_market(actor, MarketKey(actor.id, str(market_id)))
    city = get_city(market.city)
    if not can_edit(actor, market):
        messages.error(request, f"{market.reference} can no longer be edited.")
        return redirect("markets:detail", market_id)
    if request.method != "POST":
        application = Application(market_id=market.market_id, market=market)
        return _render_form(
            request, application, city=city, market=market, expected_version=market.version
        )
    action = request.POST.get("action")
    seen = _version(request.POST.get("expected_version"))
    application = Application(
        request.POST,
        request.FILES,
        market_id=market.market_id,
        complete=_is_complete(action) or market.status not in _MAY_BE_INCOMPLETE,
    )
    context: dict[str, Any] = {"city": city, "market": market, "expected_version": seen}
    if application.is_valid() and action != ADD_PHOTO:
        try:
            market = operations.revise_market(
                actor, market.key, expected_version=seen, details=vars(application.details())
            )
            if action != SAVE_DRAFT and can_submit(actor, market):
                market = operations.submit_market(
                    actor, market.key, expected_version=market.version
                )
        except VersionConflict:
            # What was typed stays; sent again, it now answers the version shown.
            context |= {
                "changed_meanwhile": changes(history_of(market, after=seen)),
                "expected_version": market.version,
            }
        except DomainError as refusal:
            application.form.add_error(None, str(refusal))
        else:
            _say_saved(request, market, action)
            return redirect("markets:detail", market_id)
    return _render_form(request, application, **context)


@require_safe
def detail(request: Request, market_id: UUID) -> HttpResponse:
    actor = _merchant(request)
    market = get_market(actor, MarketKey(actor.id, str(market_id)))
    context = {
        "market": market,
        "city": get_city(market.city),
        "history": timeline(market, history_of(market)),
        "can_edit": can_edit(actor, market),
        "can_submit": can_submit(actor, market),
        "can_withdraw": can_withdraw(actor, market),
    }
    return render(request, "markets/market_detail.html", context)


@require_POST
def submit(request: Request, market_id: UUID) -> HttpResponse:
    actor = _merchant(request)
    key = MarketKey(actor.id, str(market_id))
    version = _version(request.POST.get("expected_version"))
    try:
        market = operations.submit_market(actor, key, expected_version=version)
    except InvalidDetails as refusal:
        messages.error(request, f"This draft is not complete yet: {refusal}")
        return redirect("markets:edit", market_id)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("markets:detail", market_id)
    _say_saved(request, market, action=None)
    return redirect("markets:detail", market_id)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: Request, market_id: UUID) -> HttpResponse:
    actor = _merchant(request)
    market = get_market(actor, MarketKey(actor.id, str(market_id)))
    if request.method != "POST":
        context = {
            "market": market,
            "city": get_city(market.city),
            "can_withdraw": can_withdraw(actor, market),
        }
        return render(request, "markets/market_withdraw.html", context)
    version = _version(request.POST.get("expected_version"))
    try:
        operations.withdraw_market(actor, market.key, expected_version=version)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{market.reference} is withdrawn.")
    return redirect("markets:detail", market_id)


_MAY_BE_INCOMPLETE = {Status.DRAFT}


def _merchant(request: Request) -> Actor:
    """Return the merchant at the page; NotAllowed for everybody else who signed in."""
    actor = request.user.actor
    if not can_apply(actor):
        raise NotAllowed("These pages are for merchants. You are signed in as an officer.")
    return actor


def _is_complete(action: str | None) -> bool:
    """Whether the button pressed asks for everything that a submission needs."""
    return action not in {SAVE_DRAFT, ADD_PHOTO}


def _version(text: str | None) -> int:
    """Return the version that a form names; 0, which no market has, for anything else."""
    return int(text) if text and text.isdecimal() else 0


def _draw_again(salt: str) -> tuple[str, str]:
    """Draw a new market id for a form whose own was lost on its way."""
    market_id = str(uuid7())
    return market_id, signing.dumps(market_id, salt=salt)


def _say_saved(request: Request, market: Market, action: str | None) -> None:
    if market.status == Status.DRAFT and action == SAVE_DRAFT:
        messages.success(request, f"Draft {market.reference} is saved. It is not submitted yet.")
    else:
        messages.success(request, f"Application {market.reference} is submitted.")


def _render_form(request: Request, application: Application, **context: Any) -> HttpResponse:
    faults = len(application.form.errors) + application.photos.total_error_count()
    return render(
        request,
        "markets/market_form.html",
        {"form": application.form, "photos": application.photos, **context},
        status=422 if faults else 200,
    )
