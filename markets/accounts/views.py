"""The merchant's account: who they are, all their data, and the way out."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.errors import VersionConflict
from core.unsaved import operations as unsaved
from core.web.parsing import parse_version
from identity.http import Request
from markets.accounts.forms import DetailsForm
from markets.accounts.profiles import get_profile, save_profile
from markets.history.timeline import Change
from markets.view_helpers import current_merchant


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: Request) -> HttpResponse:
    """Who the merchant is, for their next applications."""
    actor, status = current_merchant(request), 200
    account, kept = get_profile(actor), None
    email = request.user.email
    version, conflict = account.version or 0, None
    if request.method == "POST":
        if request.POST.get("action") == "discard":
            unsaved.delete(actor.id, request.path)
            return redirect("account:details")
        form = DetailsForm(request.POST, account=account, email=email)
        status = 422
        if form.is_valid():
            seen = parse_version(request.POST.get("expected_version"))
            try:
                save_profile(actor, expected_version=seen, details=form.details())
            except VersionConflict:
                account, status = get_profile(actor), 412
                version, conflict = account.version or 0, _differences(form, account)
            else:
                if "kept" in request.POST:
                    unsaved.delete(actor.id, request.path)
                messages.success(
                    request, "Your details are saved. New applications begin with them."
                )
                return redirect("account:details")
        else:
            version = parse_version(request.POST.get("expected_version"))
    else:
        kept = unsaved.get(actor.id, request.path)
        form = DetailsForm(kept.data if kept else None, account=account, email=email)
    context = {
        "form": form,
        "account": account,
        "email_unknown": not (account.contact_email or email),
        "conflict": conflict,
        "expected_version": version,
        "kept": kept,
        "author_signature": unsaved.sign_author(actor.id, request.path),
    }
    return render(request, "markets/accounts/profile.html", context, status=status)


def _differences(form: DetailsForm, account: Any) -> list[Change]:
    """Return where what is saved now says something else than the form."""
    return [
        Change(str(form.fields[name].label), getattr(account, name) or "", said or "")
        for name, said in form.details().items()
        if said != getattr(account, name)
    ]
