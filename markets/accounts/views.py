"""The merchant's account page: their profile, and links to their data and to deletion."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.errors import VersionConflict
from core.unsaved import operations as unsaved
from core.web.parsing import parse_version
from identity.http import Request
from markets.accounts.forms import ProfileForm
from markets.accounts.models import MerchantProfile
from markets.accounts.profiles import get_profile, save_profile
from markets.history.timeline import Change
from markets.view_helpers import current_merchant


@require_http_methods(["GET", "HEAD", "POST"])
def details(request: Request) -> HttpResponse:
    """Who the merchant is, for their next applications."""
    actor = current_merchant(request)
    if request.method == "POST":
        if request.POST.get("action") == "discard":
            unsaved.delete(actor.id, request.path)
            return redirect("account:details")
        return _save(request)
    profile = get_profile(actor)
    unsaved_form = unsaved.get(actor.id, request.path)
    form = ProfileForm(
        unsaved_form.data if unsaved_form else None, profile=profile, email=request.user.email
    )
    return _render(request, form, profile, unsaved=unsaved_form)


def _save(request: Request) -> HttpResponse:
    actor, email = request.user.actor, request.user.email
    form = ProfileForm(request.POST, email=email)
    version = parse_version(request.POST.get("expected_version"))
    if not form.is_valid():
        return _render(request, form, get_profile(actor), status=422, expected_version=version)
    try:
        save_profile(actor, expected_version=version, details=form.details())
    except VersionConflict:
        profile = get_profile(actor)
        conflict = _differences(form, profile)
        return _render(request, form, profile, status=412, conflict=conflict)
    if "unsaved" in request.POST:
        unsaved.delete(actor.id, request.path)
    messages.success(request, "Your details are saved. New applications begin with them.")
    return redirect("account:details")


def _render(
    request: Request,
    form: ProfileForm,
    profile: MerchantProfile,
    *,
    status: int = 200,
    expected_version: int | None = None,
    **context: Any,
) -> HttpResponse:
    """Show the page; `expected_version` is the version that was edited, if not the latest."""
    version = profile.version or 0
    context = {"conflict": None, "unsaved": None} | context
    context |= {
        "form": form,
        "profile": profile,
        "email_unknown": not (profile.contact_email or request.user.email),
        "expected_version": version if expected_version is None else expected_version,
        "author_signature": unsaved.sign_author(request.user.actor.id, request.path),
    }
    return render(request, "markets/accounts/profile.html", context, status=status)


def _differences(form: ProfileForm, profile: MerchantProfile) -> list[Change]:
    """Return the fields in which the stored profile and the form differ."""
    return [
        Change(str(form.fields[name].label), getattr(profile, name) or "", value or "")
        for name, value in form.details().items()
        if value != getattr(profile, name)
    ]
