"""The city hall's pages and the public programme: parse, call the operation, respond."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from approvals import operations
from approvals.desk import officers_only, path_onward, surroundings
from approvals.forms import ApproveForm, RejectForm
from approvals.permissions import can_decide
from approvals.queries import get_market_for_review, page_of_programme
from garage.errors import DomainError, InvalidTransition, NotAllowed, VersionConflict
from garage.identity.http import Request
from markets.cities import get_city
from markets.history import changes, timeline
from markets.models import Market, MarketKey, ReasonCode
from markets.queries import history_of


@require_safe
@login_not_required
def programme(request: Request, city_slug: str) -> HttpResponse:
    city = get_city(city_slug)
    page = page_of_programme(city.slug, cursor=request.GET.get("cursor"))
    context = {"city": city, "markets": page.items, "next_cursor": page.next_cursor}
    return render(request, "approvals/programme.html", context)


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


@require_safe
@officers_only
def review(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    key = MarketKey(str(user_id), str(market_id))
    return _render_review(request, get_market_for_review(request.user.actor, city_slug, key))


@require_POST
@officers_only
def approve(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    actor, key = request.user.actor, MarketKey(str(user_id), str(market_id))
    form = ApproveForm(request.POST)
    if not form.is_valid():
        nameless = VersionConflict("The form did not say which version it showed.")
        market = get_market_for_review(actor, city_slug, key)
        return _render_review(request, market, refusal=nameless)
    seen = form.cleaned_data["expected_version"]
    try:
        market = operations.approve_market(actor, city_slug, key, expected_version=seen)
    except (VersionConflict, InvalidTransition) as refusal:
        market = get_market_for_review(actor, city_slug, key)
        return _render_review(request, market, refusal=refusal, seen_version=seen)
    messages.success(request, f"{market.reference} {market.name} is approved.")
    return redirect(path_onward(request, market))


@require_POST
@officers_only
def reject(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    actor, key = request.user.actor, MarketKey(str(user_id), str(market_id))
    form = RejectForm(request.POST)
    if not form.is_valid():
        market = get_market_for_review(actor, city_slug, key)
        seen = form.cleaned_data.get("expected_version")
        return _render_review(request, market, reject_form=form, seen_version=seen)
    decision = form.cleaned_data
    seen = decision["expected_version"]
    try:
        market = operations.reject_market(
            actor,
            city_slug,
            key,
            expected_version=seen,
            reason_code=ReasonCode(decision["reason_code"]),
            text=decision["text"],
        )
    except (VersionConflict, InvalidTransition) as refusal:
        market = get_market_for_review(actor, city_slug, key)
        # What was typed stays; sent again, it answers the version shown now.
        form = RejectForm(initial=decision | {"expected_version": market.version})
        return _render_review(request, market, refusal=refusal, reject_form=form, seen_version=seen)
    messages.success(request, f"{market.reference} {market.name} is rejected.")
    return redirect(path_onward(request, market))


def _render_review(
    request: Request,
    market: Market,
    *,
    refusal: DomainError | None = None,
    reject_form: RejectForm | None = None,
    seen_version: int | None = None,
) -> HttpResponse:
    """Show a market with what changed since the officer last saw it, and the decision forms."""
    seen = seen_version or market.version
    history = history_of(market)
    version = {"expected_version": market.version}
    context = {
        "city": get_city(market.city),
        "market": market,
        "history": timeline(market, history),
        "seen_version": seen,
        "changes": changes([entry for entry in history if entry.version > seen]),
        "can_decide": can_decide(request.user.actor, market),
        "approve_form": ApproveForm(initial=version, auto_id=False),
        "reject_form": reject_form or RejectForm(initial=version),
        "refusal": refusal,
        **surroundings(request, market),
    }
    status = 409 if refusal else 422 if reject_form else 200
    return render(request, "approvals/review.html", context, status=status)
