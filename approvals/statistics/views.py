"""Statistics and exports of the applications to a city, for its officers."""

import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
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
MAX_ROWS = 2_000
"""In one response, which on Lambda has at most 6 MB and 29 seconds. A spreadsheet
of 2,000 ordinary rows has 1.1 MB, one with the longest texts five times as much."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TooManyRows(DomainError):
    """There are more applications than one response can have."""

    status = 409
    title = "Too many applications for one file"


@require_safe
@officers_only
def statistics(request: Request, city_slug: str) -> HttpResponse:
    counted = statistics_of(request.user.actor, city_slug)
    context = {
        "city": get_city(city_slug),
        "statistics": counted,
        "charts": charts.all_charts(counted),
        "too_many": counted.total > MAX_ROWS,
        "statuses": [(status.label, number) for status, number in counted.by_status.items()],
    }
    return render(request, "approvals/statistics/statistics.html", context)


@require_safe
@officers_only
def chart_csv(request: Request, city_slug: str, chart: str) -> HttpResponseBase:
    """Return the numbers of one chart."""
    counted = statistics_of(request.user.actor, city_slug)
    if chart not in charts.CHARTS:
        raise Http404
    made = charts.CHARTS[chart](counted)
    return _csv(exports.table_as_csv(made.columns, made.rows), get_city(city_slug), chart)


@require_safe
@officers_only
# The gateway takes 6 MB at most in one piece; compressed, five times more fits in.
@gzip_page
def applications_csv(request: Request, city_slug: str) -> HttpResponseBase:
    """Stream all applications as CSV."""
    city, markets = _applications(request, city_slug)
    parts = exports.applications_as_csv(markets, city)
    # Read before the response starts, so that a failure can still be an error page.
    first = [next(parts, ""), next(parts, "")]
    return _csv(chain(first, parts), city, "applications")


@require_safe
@officers_only
def applications_xlsx(request: Request, city_slug: str) -> HttpResponseBase:
    """Return all applications as a spreadsheet, written to a temporary file first."""
    city, markets = _applications(request, city_slug)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        exports.applications_as_xlsx(markets, city, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    name = _file_name(city, "applications", "xlsx")
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def _applications(request: Request, city_slug: str) -> tuple[City, Iterator[Market]]:
    """Return the city and its applications; TooManyRows if one response cannot have them."""
    total = statistics_of(request.user.actor, city_slug).total
    if total > MAX_ROWS:
        raise TooManyRows(
            f"There are {total:,} applications, and the site can export {MAX_ROWS:,} at most."
            " Please ask its operator to make the file with"
            f" `manage.py export --city {city_slug} --format xlsx --out applications.xlsx`."
        )
    return get_city(city_slug), iter_applications(request.user.actor, city_slug)


def _csv(parts: Iterable[str], city: City, subject: str) -> StreamingHttpResponse:
    name = _file_name(city, subject, "csv")
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(parts, content_type=CSV, headers=disposition)


def _file_name(city: City, subject: str, ending: str) -> str:
    return f"{city.slug}-{subject}-{clock.now():%Y-%m-%d}.{ending}"
