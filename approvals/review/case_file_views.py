"""An application's case file: a page to print, and a JSON document."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from approvals.review.case_file import CaseFile, get_case_file, serialize_case_file
from approvals.view_helpers import officers_only
from identity.http import Request
from markets.history.timeline import timeline
from markets.models import MarketKey


@require_safe
@officers_only
def page(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    file = _case_file(request, city_slug, user_id, market_id)
    context = {
        "file": file,
        "city": file.city,
        "market": file.market,
        "versions": [
            (version, timeline(file.market, [version.record])[0]) for version in file.versions
        ],
    }
    return render(request, "approvals/review/case_file.html", context)


@require_safe
@officers_only
def document(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    file = _case_file(request, city_slug, user_id, market_id)
    return JsonResponse(
        serialize_case_file(file),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={
            "Content-Disposition": f'attachment; filename="{file.market.reference}.json"',
        },
    )


def _case_file(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> CaseFile:
    key = MarketKey(str(user_id), str(market_id))
    return get_case_file(request.user.actor, city_slug, key)
