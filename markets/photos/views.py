"""The photos page, and what its script asks for; without the script it works by forms alone."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from core.dynamodb import as_domain_error
from core.errors import (
    DomainError,
    InvalidDetails,
    NotAllowed,
    NotFound,
    Unavailable,
    VersionConflict,
)
from core.unsaved import operations as unsaved
from core.web.parsing import parse_number, parse_version
from identity.http import Request
from markets.cities.queries import get_city
from markets.details import MAX_PHOTOS
from markets.history.timeline import Change
from markets.models import Market, MarketKey, Status
from markets.operations import revise_market
from markets.permissions import can_edit, can_submit
from markets.photos import uploads
from markets.photos.forms import PhotoForm, PhotoFormSet, fingerprint, row_of
from markets.sections import section_after, section_named
from markets.summary import requests
from markets.view_helpers import current_merchant, own_market

View = Callable[..., HttpResponseBase]


def _answers_scripts(view: View) -> View:
    """Tell a script in JSON what is wrong; everybody else gets the page about it."""

    @wraps(view)
    def answer(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Exception as fault:
            error = fault if isinstance(fault, DomainError) else as_domain_error(fault)
            if error is None or not _by_script(request):
                raise
            again = isinstance(error, (Unavailable, uploads.TooManyPhotos, uploads.TooManyUploads))
            facts = {"message": str(error), "again": again, "arrived": not _is_gone(error)}
            return JsonResponse(facts, status=error.status)

    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@_answers_scripts
def photos(request: Request, market_id: UUID) -> HttpResponseBase:
    """The photos of a market. A draft is saved with every button, the rest by one on purpose."""
    market = own_market(request, market_id)
    if not can_edit(request.user.actor, market):
        refusal = f"{market.reference} can no longer be edited."
        if _by_script(request):
            raise NotAllowed(refusal)
        messages.error(request, refusal)
        return redirect("markets:detail", market_id)
    if request.method != "POST":
        kept = unsaved.get(market.user_id, request.path)
        return _render(
            request, market, PhotoFormSet(market, kept.data if kept else None), kept=kept
        )
    if request.POST.get("action") == "discard":
        unsaved.delete(market.user_id, request.path)
        return redirect(request.get_full_path())
    return _answer(request, market)


@require_POST
@_answers_scripts
def begin(request: Request, market_id: UUID) -> HttpResponseBase:
    """Sign a form for one file that a script then sends to the bucket."""
    actor = current_merchant(request)
    begun = uploads.begin_upload(
        actor,
        MarketKey(actor.id, str(market_id)),
        name=request.POST.get("name", ""),
        content_type=request.POST.get("type", ""),
        size=parse_number(request.POST.get("size")),
    )
    finish = reverse("markets:finish_upload", args=[market_id, begun.upload_id])
    discard = reverse("markets:discard_upload", args=[market_id, begun.upload_id])
    form = {"url": begun.form.url, "fields": begun.form.fields}
    return JsonResponse({"form": form, "finish": finish, "discard": discard}, status=201)


@require_POST
@_answers_scripts
def finish(request: Request, market_id: UUID, upload_id: UUID) -> HttpResponseBase:
    """Make what arrived a photo, and show the part of the form that stands for it."""
    market = own_market(request, market_id)
    try:
        finished = uploads.finish_upload(request.user.actor, market.key, str(upload_id))
    except DomainError as refusal:
        if _by_script(request):
            raise
        messages.error(request, str(refusal))
        return redirect("markets:photos", market_id)
    market = finished.market or market
    sheet = PhotoFormSet(market)
    sheet.add(finished.photo)
    if _by_script(request):
        row = row_of(finished.photo)
        part = next(form for form in sheet if form.row == row)
        facts = {"row": row, "part": _part(request, part)}
        if finished.market:
            # What the page must have seen for its photos to be all there are now.
            facts |= {"before": fingerprint(market.photos[:-1]), "now": fingerprint(market.photos)}
        return JsonResponse(facts)
    if market.status != Status.DRAFT:
        return _render(request, market, sheet, unsaved=True)
    messages.success(request, "The photo is added.")
    return redirect("markets:photos", market_id)


@require_POST
@_answers_scripts
def discard(request: Request, market_id: UUID, upload_id: UUID) -> HttpResponseBase:
    actor = current_merchant(request)
    uploads.discard_upload(actor, MarketKey(actor.id, str(market_id)), str(upload_id))
    if _by_script(request):
        return HttpResponse(status=204)
    messages.success(request, "The upload is discarded.")
    return redirect("markets:photos", market_id)


def _answer(request: Request, market: Market) -> HttpResponseBase:
    action, _, row = request.POST.get("action", "save").partition("-")
    is_draft = market.status == Status.DRAFT
    sheet = PhotoFormSet(market, request.POST)
    if action == "remove":
        sheet.remove(row)
    valid = sheet.is_valid(complete=not is_draft and action in {"save", "list"})
    fault = _take_file(request, market, sheet)
    sheet.move(row, {"up": -1, "down": 1}.get(action, 0))
    seen = parse_version(request.POST.get("expected_version"))
    if not valid or not (is_draft or action in {"save", "list"}):
        return _render(request, market, sheet, seen=seen, fault=fault, unsaved=valid and not fault)
    try:
        saved = _saved(request, market, sheet, seen)
    except VersionConflict:
        current = own_market(request, market.market_id)
        changed = _differences(current, sheet)
        sheet.take_in(current.photos)
        return _render(request, current, sheet, fault=fault, changed=changed)
    except InvalidDetails as refusal:
        sheet.non_form_errors.append(str(refusal))
        return _render(request, market, sheet, seen=seen, fault=fault)
    if "kept" in request.POST:
        unsaved.delete(market.user_id, request.path)
    if fault:
        return _render(request, saved, PhotoFormSet(saved), fault=fault)
    return _go_on(request, saved, action, row)


def _saved(request: Request, market: Market, sheet: PhotoFormSet, seen: int) -> Market:
    """Save the photos, unless somebody changed what the page saw: then VersionConflict.

    Of a draft that is its photos alone, so that its other pages can be open beside.
    """
    actor, key = request.user.actor, market.key
    for _ in range(uploads.TRIES):
        if market.status == Status.DRAFT:
            if fingerprint(market.photos) != request.POST.get("fingerprint"):
                break
            seen = cast("int", market.version)
        with suppress(VersionConflict):
            return revise_market(
                actor, key, expected_version=seen, details={"photos": sheet.photos}
            )
        market = own_market(request, market.market_id)
        if market.version != seen and market.status != Status.DRAFT:
            break
    raise VersionConflict(f"{market.reference} was changed elsewhere in the meantime.")


def _take_file(request: Request, market: Market, sheet: PhotoFormSet) -> str:
    """Store the file that came with the form, whatever button was pressed; say why not."""
    upload = request.FILES.get("upload")
    if upload is None:
        missing = request.POST.get("action") == "upload"
        return "Choose a photo first." if missing else ""
    from markets.images.storage import PhotoRefused, store_photo

    if len(sheet) >= MAX_PHOTOS:
        return f"A market shows at most {MAX_PHOTOS} photos. Remove one first."
    try:
        sheet.add(store_photo(upload, market_id=market.market_id))
    except (PhotoRefused, Unavailable) as refusal:
        return str(refusal)
    return ""


def _go_on(request: Request, market: Market, action: str, row: str) -> HttpResponseBase:
    if _by_script(request):
        return JsonResponse({"fingerprint": fingerprint(market.photos)})
    market_id = market.market_id
    if action == "save" and _is_checking(request, market):
        return redirect("markets:check", market_id)
    if action in {"save", "list"}:
        if market.status != Status.DRAFT:
            messages.success(request, f"The photos of {market.reference} are saved.")
        following = section_after(section_named("photos"))
        if action == "save" and market.status == Status.DRAFT and following:
            return redirect(f"markets:{following.slug}", market_id)
        return redirect("markets:tasks", market_id)
    said = {"remove": "The photo is removed.", "upload": "The photo is added."}
    if action in said:
        messages.success(request, said[action])
    place = f"#photo-{row}" if action in {"up", "down"} else ""
    return redirect(request.get_full_path() + place)


def _render(
    request: Request,
    market: Market,
    sheet: PhotoFormSet,
    *,
    seen: int | None = None,
    fault: str = "",
    **context: Any,
) -> HttpResponseBase:
    """Show the sheet as it is; `seen` is the version that the page answers for, if not the last."""
    wrong = bool(sheet.total_error_count or fault)
    status = 412 if "changed" in context else 422 if wrong else 200
    seen_print = request.POST.get("fingerprint") if seen else None
    if _by_script(request):
        said = [*sheet.non_form_errors, *(each for form in sheet for each in form.faults)]
        facts: dict[str, Any] = {"message": " ".join(said), "again": False, "arrived": True}
        if "changed" in context:
            facts |= {
                "fingerprint": fingerprint(market.photos),
                "rows": "".join(_part(request, form) for form in sheet),
                "seen": sheet.seen,
            }
        return JsonResponse(facts, status=status)
    context |= {
        "market": market,
        "city": get_city(market.city),
        "asked": requests(market).get("photos", ""),
        "sheet": sheet,
        "fault": fault,
        "expected_version": seen or market.version,
        "fingerprint": seen_print or fingerprint(market.photos),
        "is_draft": market.status == Status.DRAFT,
        "checking": _is_checking(request, market),
        "max_photos": MAX_PHOTOS,
        "author_signature": unsaved.sign_author(market.user_id, request.path),
        "waiting": uploads.waiting_uploads(request.user.actor, market.key),
    }
    return render(request, "markets/photos/photos.html", context, status=status)


def _part(request: Request, form: PhotoForm) -> str:
    return render_to_string("markets/photos/_photo_row.html", {"form": form}, request=request)


def _differences(saved: Market, sheet: PhotoFormSet) -> list[Change]:
    """Return where what is saved now says something else than the form."""
    now = {row_of(photo): photo.alt_text for photo in saved.photos}
    return [
        Change(f"Photo {number}", now.get(form.row, "(removed)"), form.words)
        for number, form in enumerate(sheet, 1)
        if now.get(form.row) != form.words
    ]


def _is_checking(request: Request, market: Market) -> bool:
    """Whether the page was opened from “check your answers”, and so leads back there."""
    return "check" in request.GET and can_submit(request.user.actor, market)


def _by_script(request: Request) -> bool:
    return request.headers.get("Accept") == "application/json"


def _is_gone(error: DomainError) -> bool:
    return isinstance(error, (uploads.NotArrived, NotFound))
