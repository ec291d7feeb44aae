"""The photos page, and the addresses that its script uses; the page also works without it."""

from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import (
    DomainError,
    InvalidDetails,
    InvalidTransition,
    NotAllowed,
    NotFound,
    Unavailable,
    VersionConflict,
)
from core.unsaved import operations as unsaved
from core.web.parsing import parse_number, parse_version
from core.web.scripts import json_errors, wants_json
from identity.http import Request
from markets.cities.queries import get_city
from markets.details import MAX_PHOTOS
from markets.history.timeline import Change
from markets.images.file_types import PhotoRefused
from markets.models import Market, Status
from markets.operations import revise_loaded_market
from markets.permissions import can_edit, can_submit
from markets.photos import uploads
from markets.photos.forms import PhotoForm, PhotoFormSet, fingerprint, prefix_of
from markets.sections import section_after, section_named
from markets.summary import change_requests
from markets.view_helpers import current_merchant, own_key, own_market


def _upload_state(error: DomainError) -> dict[str, Any]:
    """Tell the script whether trying again can help, and whether the uploaded file is there."""
    again = isinstance(error, (Unavailable, uploads.TooManyPhotos, uploads.TooManyUploads))
    return {"again": again, "arrived": not isinstance(error, (uploads.NotArrived, NotFound))}


@require_http_methods(["GET", "HEAD", "POST"])
@json_errors(_upload_state)
def photos(request: Request, market_id: UUID) -> HttpResponseBase:
    """The photos of a market. Every button saves a draft; later only the save button saves."""
    if request.method == "POST" and request.POST.get("action") == "discard":
        unsaved.delete(current_merchant(request).id, request.path)
        return redirect(request.get_full_path())
    market = own_market(request, market_id)
    if not can_edit(request.user.actor, market):
        refusal = f"{market.reference} can no longer be edited."
        if wants_json(request):
            raise NotAllowed(refusal)
        messages.error(request, refusal)
        return redirect("markets:detail", market_id)
    if request.method == "POST":
        return _save(request, market)
    unsaved_form = unsaved.get(market.user_id, request.path)
    formset = PhotoFormSet(market, unsaved_form.data if unsaved_form else None)
    return _render(request, market, formset, unsaved=unsaved_form)


@require_POST
@json_errors(_upload_state)
def begin(request: Request, market_id: UUID) -> HttpResponseBase:
    """Sign a form with which the script sends one file to the bucket."""
    begun = uploads.begin_upload(
        current_merchant(request),
        own_key(request, market_id),
        name=request.POST.get("name", ""),
        content_type=request.POST.get("type", ""),
        size=parse_number(request.POST.get("size")),
    )
    finish = reverse("markets:finish_upload", args=[market_id, begun.upload_id])
    discard = reverse("markets:discard_upload", args=[market_id, begun.upload_id])
    form = {"url": begun.form.url, "fields": begun.form.fields}
    return JsonResponse({"form": form, "finish": finish, "discard": discard}, status=201)


@require_POST
@json_errors(_upload_state)
def finish(request: Request, market_id: UUID, upload_id: UUID) -> HttpResponseBase:
    """Publish an uploaded file as a photo, and return its part of the form."""
    key = own_key(request, market_id)
    try:
        finished = uploads.finish_upload(request.user.actor, key, str(upload_id))
    except (
        InvalidTransition,
        PhotoRefused,
        VersionConflict,
        uploads.NotArrived,
        uploads.TooManyPhotos,
        uploads.UploadNotFound,
    ) as error:
        if wants_json(request):
            raise
        messages.error(request, str(error))
        return redirect("markets:photos", market_id)
    market = finished.market
    formset = PhotoFormSet(market)
    formset.add(finished.photo)
    if wants_json(request):
        return _finished_as_json(request, finished, formset)
    if market.status != Status.DRAFT:
        return _render(request, market, formset, is_offered=True)
    messages.success(request, "The photo is added.")
    return redirect("markets:photos", market_id)


@require_POST
@json_errors(_upload_state)
def discard(request: Request, market_id: UUID, upload_id: UUID) -> HttpResponseBase:
    uploads.discard_upload(current_merchant(request), own_key(request, market_id), str(upload_id))
    if wants_json(request):
        return HttpResponse(status=204)
    messages.success(request, "The upload is discarded.")
    return redirect("markets:photos", market_id)


def _finished_as_json(
    request: Request, finished: uploads.FinishedUpload, formset: PhotoFormSet
) -> HttpResponseBase:
    prefix = prefix_of(finished.photo)
    form = next(form for form in formset if form.prefix == prefix)
    payload = {"row": prefix, "part": _render_form(request, form)}
    if finished.added:
        # With the fingerprint before, the script knows whether its page has all photos.
        photos = finished.market.photos
        payload |= {"before": fingerprint(photos[:-1]), "now": fingerprint(photos)}
    return JsonResponse(payload)


def _save(request: Request, market: Market) -> HttpResponseBase:
    action, _, prefix = request.POST.get("action", "save").partition("-")
    is_draft = market.status == Status.DRAFT
    is_saving = is_draft or action in {"save", "list"}
    formset = PhotoFormSet(market, request.POST)
    if action == "remove":
        formset.remove(prefix)
    valid = formset.is_valid(complete=not is_draft and is_saving)
    upload_error = _add_file(request, market, formset)
    formset.move(prefix, {"up": -1, "down": 1}.get(action, 0))
    seen = parse_version(request.POST.get("expected_version"))
    if not valid or not is_saving:
        is_offered = valid and not upload_error
        return _render(
            request, market, formset, seen=seen, upload_error=upload_error, is_offered=is_offered
        )
    try:
        saved = _revise(request, market, formset, seen)
    except VersionConflict:
        current = own_market(request, market.market_id)
        changed = _differences(current, formset)
        formset.add_unseen(current.photos)
        return _render(request, current, formset, upload_error=upload_error, changed=changed)
    except InvalidDetails as error:
        formset.non_form_errors.append(str(error))
        return _render(request, market, formset, seen=seen, upload_error=upload_error)
    if "unsaved" in request.POST:
        unsaved.delete(market.user_id, request.path)
    if upload_error:
        return _render(request, saved, PhotoFormSet(saved), upload_error=upload_error)
    return _redirect_next(request, saved, action, prefix)


def _revise(request: Request, market: Market, formset: PhotoFormSet, seen: int) -> Market:
    """Save the photos; VersionConflict if what the page showed was changed elsewhere.

    In a draft only its photos count, because other sections may be open in other tabs.
    """
    for _ in range(uploads.TRIES):
        if market.status == Status.DRAFT:
            if fingerprint(market.photos) == fingerprint(formset.photos):
                return market  # nothing to save, or it was sent again
            if fingerprint(market.photos) != request.POST.get("fingerprint"):
                break
            seen = cast("int", market.version)
        with suppress(VersionConflict):
            return revise_loaded_market(
                request.user.actor,
                market,
                expected_version=seen,
                details={"photos": formset.photos},
            )
        market = own_market(request, market.market_id)
        if market.version != seen and market.status != Status.DRAFT:
            break
    raise VersionConflict(f"{market.reference} was changed elsewhere in the meantime.")


def _add_file(request: Request, market: Market, formset: PhotoFormSet) -> str:
    """Publish the file that was sent with the form, if any; return what is wrong with it."""
    upload = request.FILES.get("upload")
    if upload is None:
        missing = request.POST.get("action") == "upload"
        return "Choose a photo first." if missing else ""
    if len(formset) >= MAX_PHOTOS:
        return f"You can show at most {MAX_PHOTOS} photos. Remove one first."
    try:
        formset.add(uploads.add_form_file(request.user.actor, market, upload))
    except (PhotoRefused, Unavailable) as error:
        return str(error)
    return ""


def _redirect_next(request: Request, market: Market, action: str, prefix: str) -> HttpResponseBase:
    if wants_json(request):
        return JsonResponse({"fingerprint": fingerprint(market.photos)})
    market_id = market.market_id
    if action == "save" and _is_checking(request, market):
        return redirect("markets:check_answers", market_id)
    if action in {"save", "list"}:
        if market.status != Status.DRAFT:
            messages.success(request, f"The photos of {market.reference} are saved.")
        following = section_after(section_named("photos"))
        if action == "save" and market.status == Status.DRAFT and following:
            return redirect(f"markets:{following.slug}", market_id)
        return redirect("markets:task_list", market_id)
    done = {"remove": "The photo is removed.", "upload": "The photo is added."}
    if action in done:
        messages.success(request, done[action])
    anchor = f"#photo-{prefix}" if action in {"up", "down"} else ""
    return redirect(request.get_full_path() + anchor)


def _render(
    request: Request,
    market: Market,
    formset: PhotoFormSet,
    *,
    seen: int | None = None,
    upload_error: str = "",
    **context: Any,
) -> HttpResponseBase:
    """Show the forms; `seen` is the version that the page was made from, if not the latest."""
    has_errors = bool(formset.total_error_count or upload_error)
    status = 412 if "changed" in context else 422 if has_errors else 200
    if wants_json(request):
        return _errors_as_json(request, market, formset, status, changed="changed" in context)
    seen_fingerprint = request.POST.get("fingerprint") if seen else None
    context |= {
        "market": market,
        "city": get_city(market.city),
        "change_request": change_requests(market).get("photos", ""),
        "formset": formset,
        "upload_error": upload_error,
        "errors": [*([("#id_upload", upload_error)] if upload_error else []), *formset.errors()],
        "expected_version": seen or market.version,
        "fingerprint": seen_fingerprint or fingerprint(market.photos),
        "is_draft": market.status == Status.DRAFT,
        "checking": _is_checking(request, market),
        "max_photos": MAX_PHOTOS,
        "author_signature": unsaved.sign_author(market.user_id, request.path),
        "waiting": uploads.waiting_uploads(request.user.actor, market.key),
    }
    return render(request, "markets/photos/photos.html", context, status=status)


def _errors_as_json(
    request: Request, market: Market, formset: PhotoFormSet, status: int, *, changed: bool
) -> HttpResponseBase:
    errors = [*formset.non_form_errors, *(each for form in formset for each in form.messages)]
    payload: dict[str, Any] = {"message": " ".join(errors), "again": False, "arrived": True}
    if changed:
        payload |= {
            "fingerprint": fingerprint(market.photos),
            "rows": "".join(_render_form(request, form) for form in formset),
            "seen": formset.seen,
        }
    return JsonResponse(payload, status=status)


def _render_form(request: Request, form: PhotoForm) -> str:
    return render_to_string("markets/photos/_photo_form.html", {"form": form}, request=request)


def _differences(saved: Market, formset: PhotoFormSet) -> list[Change]:
    """Return the photos whose stored and entered descriptions differ."""
    stored = {prefix_of(photo): photo.alt_text for photo in saved.photos}
    return [
        Change(f"Photo {number}", stored.get(str(form.prefix), "(removed)"), form.entered_alt_text)
        for number, form in enumerate(formset, 1)
        if stored.get(str(form.prefix)) != form.entered_alt_text
    ]


def _is_checking(request: Request, market: Market) -> bool:
    """Whether the page was opened from “Check your answers”, and leads back there."""
    return "check" in request.GET and can_submit(request.user.actor, market)
