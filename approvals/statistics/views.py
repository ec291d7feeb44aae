"""The season's figures and its export, for officers: parse, ask, respond."""

import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from approvals.statistics import charts, exports
from approvals.statistics.queries import iter_applications, statistics_of
from approvals.view_helpers import officers_only
from core import clock
from core.errors import DomainError
from identity.http import Request
from markets.cities.models import City
from markets.cities.queries import get_city
from markets.models import Market

CSV = "text/csv; charset=utf-8"
MOST_IN_ONE_ANSWER = 2_000
"""Rows. A function hands out 6 MB at most, and 29 seconds after it was asked. A
spreadsheet of 2,000 ordinary rows has 1.1 MB, one of the longest texts five times that."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TooMany(DomainError):
    """More rows than one answer holds."""

    status = 409
    title = "Too long for one answer"


@require_safe
@never_cache
@officers_only
def statistics(request: Request, city_slug: str) -> HttpResponse:
    counted = statistics_of(request.user.actor, city_slug)
    context = {
        "city": get_city(city_slug),
        "figures": counted,
        "charts": charts.all_charts(counted),
        "too_many": counted.total > MOST_IN_ONE_ANSWER,
        "statuses": [(status.label, number) for status, number in counted.by_status.items()],
    }
    return render(request, "approvals/statistics/statistics.html", context)


@require_safe
@never_cache
@officers_only
def chart_csv(request: Request, city_slug: str, chart: str) -> HttpResponseBase:
    """Hand out the numbers of one chart."""
    counted = statistics_of(request.user.actor, city_slug)
    if chart not in charts.CHARTS:
        raise Http404
    drawn = charts.CHARTS[chart](counted)
    return _csv(exports.as_csv(drawn.columns, drawn.rows), get_city(city_slug), chart)


@require_safe
@never_cache
@officers_only
# Where the gateway hands an answer on in one piece of 6 MB at most, five times more fits in.
@gzip_page
def applications_csv(request: Request, city_slug: str) -> HttpResponseBase:
    """Hand out the whole season as CSV while it is being read."""
    city, markets = _season(request, city_slug)
    parts = exports.applications_as_csv(markets, city)
    # The first market is read before the answer begins: what fails is a page that says so.
    first = [next(parts, ""), next(parts, "")]
    return _csv(chain(first, parts), city, "season")


@require_safe
@never_cache
@officers_only
def applications_xlsx(request: Request, city_slug: str) -> HttpResponseBase:
    """Hand out the whole season as a spreadsheet, through a temporary file."""
    city, markets = _season(request, city_slug)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    exports.applications_as_xlsx(markets, city, file)
    file.seek(0)
    name = _name(city, "season", "xlsx")
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def _season(request: Request, city_slug: str) -> tuple[City, Iterator[Market]]:
    """Return what to hand out; TooMany says who can if the site cannot."""
    total = statistics_of(request.user.actor, city_slug).total
    if total > MOST_IN_ONE_ANSWER:
        raise TooMany(
            f"This season has {total:,} applications, and the site hands out"
            f" {MOST_IN_ONE_ANSWER:,} at most. Whoever operates it makes the file with"
            f" `manage.py export --city {city_slug} --format xlsx --out applications.xlsx`."
        )
    return get_city(city_slug), iter_applications(request.user.actor, city_slug)


def _csv(parts: Iterable[str], city: City, what: str) -> StreamingHttpResponse:
    name = _name(city, what, "csv")
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(parts, content_type=CSV, headers=disposition)


def _name(city: City, what: str, ending: str) -> str:
    return f"{city.slug}-{what}-{clock.now():%Y-%m-%d}.{ending}"
