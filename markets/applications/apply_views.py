"""From nothing to a submission: begin a draft, check the answers, hand them in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from core.dynamodb import as_domain_error
from core.errors import AlreadyExists, InvalidDetails, InvalidTransition, VersionConflict
from core.web.parsing import parse_version, sign_new_id, verify_new_id
from identity.http import Request
from markets import operations
from markets.accounts.profiles import differs_from_profile, known_details, remember_details
from markets.cities.models import CallState
from markets.cities.queries import all_cities, get_city
from markets.forms import FORMS, AgainForm
from markets.models import Market, Status
from markets.permissions import can_submit
from markets.photos.forms import row_of
from markets.queries import page_of_markets
from markets.sections import SECTIONS, Section
from markets.summary import parts
from markets.view_helpers import current_merchant, own_market


@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: Request, city_slug: str) -> HttpResponse:
    """What an application takes; the button begins a draft under an id drawn with the page."""
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
        except AlreadyExists:
            messages.info(request, "This application had been begun already.")
        return redirect("markets:detail", market_id)
    context = {
        "city": city,
        "sections": SECTIONS,
        "application_id": sign_new_id(actor, purpose),
        "lost": request.method == "POST",
        "begun": [
            market
            for market in page_of_markets(actor).items
            if (market.city, market.status) == (city.slug, Status.DRAFT)
        ],
    }
    return render(
        request, "markets/applications/apply.html", context, status=422 if context["lost"] else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def again(request: Request, market_id: UUID) -> HttpResponse:
    """Apply again with what an earlier application says."""
    market = own_market(request, market_id)
    actor = current_merchant(request)
    cities = [city for city in all_cities() if city.call_state == CallState.OPEN]
    purpose = f"again:{market.market_id}"
    drawn = request.POST.get("application_id", "")
    new_id = verify_new_id(actor, purpose, drawn)
    form = AgainForm(request.POST if request.method == "POST" else None, cities=cities)
    if request.method == "POST" and form.is_valid() and new_id:
        try:
            operations.apply_again(
                actor, market.key, market_id=new_id, city_slug=form.cleaned_data["city"]
            )
        except AlreadyExists:
            messages.info(request, "This application had been begun already.")
        return redirect("markets:detail", new_id)
    context = {
        "market": market,
        "city": get_city(market.city),
        "cities": cities,
        "form": form,
        "application_id": drawn if new_id else sign_new_id(actor, purpose),
    }
    return render(
        request,
        "markets/applications/apply_again.html",
        context,
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: Request, market_id: UUID) -> HttpResponse:
    """All answers on one page, to be read over and handed in."""
    actor, market = current_merchant(request), own_market(request, market_id)
    status, changed = 200, False
    if request.method == "POST":
        seen = parse_version(request.POST.get("expected_version"))
        try:
            operations.submit_market(actor, market.key, expected_version=seen)
        except InvalidDetails:
            status = 422
        except (VersionConflict, InvalidTransition) as refusal:
            market, status, changed = own_market(request, market_id), 412, True
            if market.status == Status.SUBMITTED:
                messages.info(request, f"Application {market.reference} was submitted already.")
            elif not can_submit(actor, market):
                messages.error(request, str(refusal))
        except operations.CallNotOpen:
            status = 409  # the page says until when it was
        else:
            messages.success(request, f"Application {market.reference} is submitted.")
            _remember(request, market)
            return redirect("markets:detail", market_id)
    if not can_submit(actor, market):
        return redirect("markets:detail", market_id)
    city = get_city(market.city)
    context = {
        "market": market,
        "city": city,
        "parts": parts(market, city),
        "faults": _faults(market),
        "refused": status == 422,  # noqa: PLR2004
        "changed_meanwhile": changed,
        "can_be_submitted": market.status != Status.DRAFT or city.call_state == CallState.OPEN,
    }
    return render(request, "markets/applications/check_answers.html", context, status=status)


def _remember(request: Request, market: Market) -> None:
    """Keep who the merchant is for the next application; say so, or where that is changed."""
    actor = current_merchant(request)
    try:
        if remember_details(actor, market):
            said = "Your next application begins with what you said of yourself in this one:"
        elif differs_from_profile(actor, market):
            said = "In this application you say something else of yourself than in your account:"
        else:
            return
    except Exception as fault:
        # It is submitted, whatever becomes of this.
        if as_domain_error(fault) is None:
            raise
        return
    link = format_html('<a href="{}">My details</a>', reverse("account:details"))
    messages.info(request, format_html("{} {}.", said, link))


def _faults(market: Market) -> list[dict[str, Any]]:
    """Return what keeps a market from being submitted, in the words of the pages that ask."""
    faults = []
    for section in SECTIONS:
        for name, said in _faults_of(section, market).items():
            place = _undescribed(market) if name == "photos" else f"id_{name}"
            faults.append({"section": section, "name": name, "message": said, "place": place})
    return faults


def _undescribed(market: Market) -> str:
    """Return where the photos page asks what the first photo shows that nobody described."""
    mute = (photo for photo in market.photos if not photo.alt_text)
    return next((f"id_{row_of(photo)}-alt_text" for photo in mute), "")


def _faults_of(section: Section, market: Market) -> dict[str, str]:
    if section.slug == "photos":
        if not market.photos:
            return {"photos": "Add at least one photo."}
        mute = any(not photo.alt_text for photo in market.photos)
        return {"photos": "Say what each photo shows."} if mute else {}
    form_class = FORMS[section.slug]
    form = form_class(
        form_class.as_stored(market),
        market=market,
        city=get_city(market.city),
        complete=True,
        asked={},
    )
    return {name: str(said[0]) for name, said in form.errors.items()}
