"""The public programme: as a page, as JSON, as a calendar.

A shared cache (a CDN) may keep public responses for a minute. A browser
revalidates them each time by their ETag. There is no Last-Modified: a stall that
disappears would not change it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages import get_messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import conditional_page, require_safe

from core.errors import NotFound
from identity.http import Request
from markets.cities.models import City
from markets.cities.queries import get_city
from markets.models import Category
from programme.feeds import as_script, calendar, linked_data, serialize_city, serialize_market
from programme.queries import (
    BATCH_SIZE,
    PAGE_SIZE,
    SEARCH_LENGTH,
    Programme,
    page_of_programme,
    public_photos,
)

PUBLIC = "public, max-age=0, s-maxage=60, must-revalidate"
EAGER_PHOTOS = 3  # visible without scrolling

type View[**P] = Callable[Concatenate[Request, P], HttpResponse]


def cross_origin[**P](view: View[P]) -> View[P]:
    """Let scripts of any site read the response: it is public, and independent of cookies."""

    @wraps(view)
    def wrapped(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        # The site's default policy would forbid other origins to embed it.
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    # Nobody looks at the session: a shared cache must neither get its cookie nor vary by it.
    wrapped.for_everybody = True  # type: ignore[attr-defined]
    return wrapped


@require_safe
@conditional_page
@login_not_required
def programme(request: Request, city_slug: str) -> HttpResponse:
    city = get_city(city_slug)
    shown, category, search = _page(request, city, size=PAGE_SIZE)
    url = _absolute_url("programme:page", city)
    context = {
        "city": city,
        "programme": shown,
        "category": category,
        "search": search,
        "search_length": SEARCH_LENGTH,
        "categories": [(each, shown.counts[each]) for each in Category if shown.counts[each]],
        "cards": [
            (market, public_photos(market), number < EAGER_PHOTOS)
            for number, market in enumerate(shown.markets)
        ],
        "linked_data": as_script(linked_data(city, shown.markets, url)),
    }
    response = render(request, "programme/programme.html", context)
    # A page with the name of the signed-in person, or with a message to them, is private.
    has_message = getattr(get_messages(request), "used", False)
    if not (request.user.is_authenticated or has_message):
        response["Cache-Control"] = PUBLIC
    return response


@require_safe
@cross_origin
@conditional_page
@login_not_required
def programme_json(request: Request, city_slug: str) -> HttpResponse:
    """Return up to BATCH_SIZE stalls; `next` is the URL of the following ones."""
    city = get_city(city_slug)
    shown, _, _ = _page(request, city, size=BATCH_SIZE)
    query = request.GET.copy()
    query["cursor"] = shown.next_cursor or ""
    url = _absolute_url("programme:json", city)
    data = {
        "city": serialize_city(city, _absolute_url("programme:page", city)),
        "total": shown.found,
        "markets": [serialize_market(market, city) for market in shown.markets],
        "next": f"{url}?{query.urlencode()}" if shown.next_cursor else None,
    }
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = PUBLIC
    return response


@require_safe
@cross_origin
@conditional_page
@login_not_required
def market_days(request: Request, city_slug: str) -> HttpResponse:
    """Return the market days as a calendar; NotFound until the city has set them."""
    city = get_city(city_slug)
    if city.market_days is None:
        raise NotFound(f"{city.name} has not set the days of its Christmas market yet.")
    url = _absolute_url("programme:page", city)
    host = str(settings.SITE.hostname)
    response = HttpResponse(
        calendar(city, city.market_days, url, host=host),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'inline; filename="{city.slug}.ics"'},
    )
    response["Cache-Control"] = PUBLIC
    return response


def _page(request: Request, city: City, *, size: int) -> tuple[Programme, Category | None, str]:
    """Return the programme's page, the category and the search in the URL.

    An unknown category is ignored.
    """
    chosen, search = request.GET.get("category", ""), request.GET.get("q", "")[:SEARCH_LENGTH]
    category = Category(chosen) if chosen in Category else None
    found = page_of_programme(
        city.slug, category=category, search=search, cursor=request.GET.get("cursor"), size=size
    )
    return found, category, search.strip()


def _absolute_url(view: str, city: City) -> str:
    return f"{settings.SITE_ORIGIN}{reverse(view, args=[city.slug])}"
