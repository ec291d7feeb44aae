"""The public programme: as a page, as JSON, as a calendar.

A cache between the site and its readers (a CDN) may keep what everybody is
shown for a minute; a browser asks each time, and is told "not modified" by the
ETag. There is no Last-Modified: what disappears changes no time of what stays.
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
from programme.feeds import as_script, calendar, facts, facts_of_city, linked_data
from programme.queries import (
    MOST_AT_ONCE,
    PAGE_SIZE,
    SEARCH_LENGTH,
    Programme,
    page_of_programme,
    public_photos,
)

FOR_EVERYBODY = "public, max-age=0, s-maxage=60, must-revalidate"
FOR_ONE = "private, no-cache"
FIRST_ROW = 3  # photos that a reader sees before scrolling

type View[**P] = Callable[Concatenate[Request, P], HttpResponse]


def for_other_sites[**P](view: View[P]) -> View[P]:
    """Let scripts of any site read the answer: it is public, and no cookie changes it."""

    @wraps(view)
    def answer(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        # The site's own policy for other origins would forbid to embed it.
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return answer


@require_safe
@conditional_page
@login_not_required
def programme(request: Request, city_slug: str) -> HttpResponse:
    city = get_city(city_slug)
    shown, category, search = _asked(request, city, size=PAGE_SIZE)
    address = _address("programme:page", city)
    context = {
        "city": city,
        "programme": shown,
        "category": category,
        "search": search,
        "search_length": SEARCH_LENGTH,
        "categories": [(each, shown.counts[each]) for each in Category if shown.counts[each]],
        "cards": [
            (market, public_photos(market), number < FIRST_ROW)
            for number, market in enumerate(shown.markets)
        ],
        "linked_data": as_script(linked_data(city, shown.markets, address)),
    }
    response = render(request, "programme/programme.html", context)
    # A signed-in reader's page has their name on it, and a message is for one pair of eyes.
    told = getattr(get_messages(request), "used", False)
    personal = request.user.is_authenticated or told
    response["Cache-Control"] = FOR_ONE if personal else FOR_EVERYBODY
    return response


@require_safe
@for_other_sites
@conditional_page
@login_not_required
def programme_json(request: Request, city_slug: str) -> HttpResponse:
    """Answer a hundred markets at a time; `next` is the address of those that follow."""
    city = get_city(city_slug)
    shown, _, _ = _asked(request, city, size=MOST_AT_ONCE)
    following = request.GET.copy()
    following["cursor"] = shown.next_cursor or ""
    address = _address("programme:json", city)
    data = {
        "city": facts_of_city(city, _address("programme:page", city)),
        "total": shown.found,
        "markets": [facts(market, city) for market in shown.markets],
        "next": f"{address}?{following.urlencode()}" if shown.next_cursor else None,
    }
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = FOR_EVERYBODY
    return response


@require_safe
@for_other_sites
@conditional_page
@login_not_required
def market_days(request: Request, city_slug: str) -> HttpResponse:
    """Answer the season for calendars; NotFound until the city has said when it is."""
    city = get_city(city_slug)
    if city.market_days is None:
        raise NotFound(f"{city.name} has not said yet when its Christmas market is open.")
    address = _address("programme:page", city)
    host = str(settings.SITE.hostname)
    response = HttpResponse(
        calendar(city, city.market_days, address, host=host),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'inline; filename="{city.slug}.ics"'},
    )
    response["Cache-Control"] = FOR_EVERYBODY
    return response


def _asked(request: Request, city: City, *, size: int) -> tuple[Programme, Category | None, str]:
    """Return the page that the URL names, and how it is narrowed; no category is an error."""
    asked, search = request.GET.get("category", ""), request.GET.get("q", "")[:SEARCH_LENGTH]
    category = Category(asked) if asked in Category else None
    found = page_of_programme(
        city.slug, category=category, search=search, cursor=request.GET.get("cursor"), size=size
    )
    return found, category, search.strip()


def _address(view: str, city: City) -> str:
    return f"{settings.SITE_ORIGIN}{reverse(view, args=[city.slug])}"
