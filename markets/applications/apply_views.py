"""From nothing to a submission: begin a draft, check the answers, submit them."""

from typing import NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from core.closed_accounts.operations import AccountClosed
from core.dynamodb import as_domain_error
from core.errors import (
    AlreadyExists,
    DomainError,
    InvalidDetails,
    InvalidTransition,
    VersionConflict,
)
from core.web.parsing import parse_version, sign_new_id, verify_new_id
from identity.http import Request
from markets import operations
from markets.accounts.profiles import ProfileUpdate, known_details, remember_details
from markets.cities.models import CallState
from markets.cities.queries import all_cities, get_city
from markets.forms import FORMS, ApplyAgainForm
from markets.models import Market, Status
from markets.permissions import can_submit
from markets.photos.forms import prefix_of
from markets.queries import page_of_markets
from markets.sections import SECTIONS, Section
from markets.summary import summarize
from markets.view_helpers import current_merchant, own_key, own_market


class MissingAnswer(NamedTuple):
    """An answer without which an application cannot be submitted, and where to give it."""

    name: str
    message: str
    url: str


@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: Request, city_slug: str) -> HttpResponse:
    """Begin a draft. The page carries its signed id, so that a second click changes nothing."""
    actor, city = current_merchant(request), get_city(city_slug)
    if city.call_state != CallState.OPEN:
        return render(
            request, "markets/applications/call_not_open.html", {"city": city}, status=409
        )
    purpose = f"apply:{city.slug}"
    market_id = verify_new_id(actor, purpose, request.POST.get("application_id", ""))
    if request.method == "POST" and market_id:
        try:
            operations.create_draft(
                actor,
                market_id=market_id,
                city_slug=city.slug,
                details=known_details(actor, email=request.user.email),
            )
        except AlreadyExists as error:
            messages.info(request, str(error))
        return redirect("markets:detail", market_id)
    context = {
        "city": city,
        "sections": SECTIONS,
        "application_id": sign_new_id(actor, purpose),
        "id_missing": request.method == "POST",
        "drafts": [
            market
            for market in page_of_markets(actor).items
            if (market.city, market.status) == (city.slug, Status.DRAFT)
        ],
    }
    status = 422 if context["id_missing"] else 200
    return render(request, "markets/applications/apply.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def apply_again(request: Request, market_id: UUID) -> HttpResponse:
    """Begin a draft with the answers of an earlier application."""
    actor = current_merchant(request)
    cities = [city for city in all_cities() if city.call_state == CallState.OPEN]
    purpose = f"again:{market_id}"
    signed_id = request.POST.get("application_id", "")
    new_id = verify_new_id(actor, purpose, signed_id)
    form = ApplyAgainForm(request.POST if request.method == "POST" else None, cities=cities)
    if form.is_bound and form.is_valid() and new_id:
        key = own_key(request, market_id)
        city_slug = form.cleaned_data["city"]
        try:
            operations.apply_again(actor, key, market_id=new_id, city_slug=city_slug)
        except AlreadyExists as error:
            messages.info(request, str(error))
        return redirect("markets:detail", new_id)
    market = own_market(request, market_id)
    context = {
        "market": market,
        "city": get_city(market.city),
        "cities": cities,
        "form": form,
        "application_id": signed_id if new_id else sign_new_id(actor, purpose),
    }
    status = 422 if form.is_bound else 200
    return render(request, "markets/applications/apply_again.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def check_answers(request: Request, market_id: UUID) -> HttpResponse:
    """All answers on one page, with the button to submit them."""
    key = own_key(request, market_id)
    error: DomainError | None = None
    if request.method == "POST":
        version = parse_version(request.POST.get("expected_version"))
        try:
            market = operations.submit_market(request.user.actor, key, expected_version=version)
        except (
            InvalidDetails,
            InvalidTransition,
            VersionConflict,
            operations.CallNotOpen,
        ) as refused:
            error = refused
        else:
            messages.success(request, f"Application {market.reference} is submitted.")
            _remember_details(request, market)
            return redirect("markets:detail", market_id)
    return _render_answers(request, own_market(request, market_id), error)


def _render_answers(request: Request, market: Market, error: DomainError | None) -> HttpResponse:
    """Show the answers, and why they could not be submitted."""
    changed = isinstance(error, (InvalidTransition, VersionConflict))
    if not can_submit(request.user.actor, market):
        if changed and market.status == Status.SUBMITTED:
            # By its merchant, or again because the city undid its decision.
            messages.info(request, f"Application {market.reference} is submitted already.")
        elif changed:
            messages.error(request, str(error))
        return redirect("markets:detail", market.market_id)
    city, missing = get_city(market.city), _missing_answers(market)
    is_invalid = isinstance(error, InvalidDetails)
    context = {
        "market": market,
        "city": city,
        "summaries": summarize(market, city, {each.name: each.message for each in missing}),
        "missing": len(missing),
        "errors": [(each.url, each.message) for each in missing if is_invalid],
        "has_changed": changed,
        "can_be_submitted": market.status != Status.DRAFT or city.call_state == CallState.OPEN,
    }
    status = error.status if error else 200
    return render(request, "markets/applications/check_answers.html", context, status=status)


def _remember_details(request: Request, market: Market) -> None:
    """Save the merchant's details as their profile; tell them that, or that the two differ."""
    try:
        update = remember_details(current_merchant(request), market)
    except AccountClosed:
        return  # deleted at this moment; the application is submitted, and then erased
    except Exception as fault:
        # The application is submitted in any case.
        if as_domain_error(fault) is None:
            raise
        return
    if update == ProfileUpdate.SAVED:
        text = "Your next application begins with the details that you gave in this one:"
    elif update == ProfileUpdate.DIFFERENT:
        text = "In this application your details differ from those in your account:"
    else:
        return
    link = format_html('<a href="{}">My details</a>', reverse("account:details"))
    messages.info(request, format_html("{} {}.", text, link))


def _missing_answers(market: Market) -> list[MissingAnswer]:
    """Return what has to be answered before submitting, with the messages of the sections' forms.

    Each URL leads to the field on the section's page.
    """
    missing = []
    for section in SECTIONS:
        page = reverse(f"markets:{section.slug}", args=[market.market_id])
        for name, message in _errors_of(section, market).items():
            anchor = _first_undescribed(market) if name == "photos" else f"id_{name}"
            url = f"{page}?check#{anchor}" if anchor else f"{page}?check"
            missing.append(MissingAnswer(name, message, url))
    return missing


def _first_undescribed(market: Market) -> str:
    """Return the id of the first empty description on the photos page; empty if there is none."""
    undescribed = (photo for photo in market.photos if not photo.alt_text)
    return next((f"id_{prefix_of(photo)}-alt_text" for photo in undescribed), "")


def _errors_of(section: Section, market: Market) -> dict[str, str]:
    if section.slug == "photos":
        if not market.photos:
            return {"photos": "Add at least one photo."}
        undescribed = any(not photo.alt_text for photo in market.photos)
        return {"photos": "Say what each photo shows."} if undescribed else {}
    form_class = FORMS[section.slug]
    form = form_class(
        form_class.as_stored(market),
        market=market,
        city=get_city(market.city),
        complete=True,
        change_requests={},
    )
    return {name: str(errors[0]) for name, errors in form.errors.items()}
