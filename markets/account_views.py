"""The merchant's account: who they are, all their data, and the way out."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core import deadline
from core.errors import VersionConflict
from core.unsaved import operations as typed
from identity import account_deletion
from identity.http import Request
from identity.sessions import operations as sessions
from markets import erasure, takeout
from markets.account_forms import CONFIRMATION, DeleteForm, DetailsForm
from markets.account_operations import get_account, save_account
from markets.door import merchant_at, version_named
from markets.history import Change

ONE_MARKET = 4.0  # seconds that erasing one may take
ENDINGS = {"deleted", "again", "officer"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: Request) -> HttpResponse:
    """Who the merchant is, for their next applications."""
    actor, status = merchant_at(request), 200
    account, kept = get_account(actor), None
    email = request.user.email
    version, conflict = account.version or 0, None
    if request.method == "POST":
        if request.POST.get("action") == "discard":
            typed.forget(actor.id, request.path)
            return redirect("account:details")
        form = DetailsForm(request.POST, account=account, email=email)
        status = 422
        if form.is_valid():
            seen = version_named(request.POST.get("expected_version"))
            try:
                save_account(actor, expected_version=seen, details=form.details())
            except VersionConflict:
                account, status = get_account(actor), 412
                version, conflict = account.version or 0, _differences(form, account)
            else:
                if "kept" in request.POST:
                    typed.forget(actor.id, request.path)
                messages.success(
                    request, "Your details are saved. New applications begin with them."
                )
                return redirect("account:details")
        else:
            version = version_named(request.POST.get("expected_version"))
    else:
        kept = typed.recall(actor.id, request.path)
        form = DetailsForm(kept.data if kept else None, account=account, email=email)
    context = {
        "form": form,
        "account": account,
        "email_unknown": not (account.contact_email or email),
        "conflict": conflict,
        "expected_version": version,
        "kept": kept,
        "typed_by": typed.signature(actor.id, request.path),
    }
    return render(request, "markets/account.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: Request) -> HttpResponse:
    """Make a zip of all that Garage keeps of the merchant, and hand it out."""
    actor = merchant_at(request)
    if request.method == "POST":
        known = {"email": request.user.email, "name": request.user.name}
        takeout.make_takeout(actor, signed_in_as=known)
        messages.success(request, "Your data is ready.")
        return redirect("account:data")
    return render(request, "markets/account_data.html", {"found": takeout.find_takeout(actor)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: Request) -> HttpResponse:
    """Say what goes and what stays; when that is confirmed, do it."""
    actor, form, status = merchant_at(request), DeleteForm(), 200
    unfinished = False
    if request.method == "POST":
        form, status = DeleteForm(request.POST), 422
        if form.is_valid():
            if _erase(request):
                return _leave(request)
            status, unfinished = 200, True
    plan = erasure.plan_erasure(actor, actor.id)
    context: dict[str, Any] = {
        "form": form,
        "word": CONFIRMATION,
        "unfinished": unfinished,
        "fates": [
            (fate, [each for each in plan if each.fate == fate])
            for fate in erasure.Fate
            if any(each.fate == fate for each in plan)
        ],
    }
    return render(request, "markets/account_delete.html", context, status=status)


@login_not_required
@never_cache
@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """Where a deleted account ends: by then nobody is signed in."""
    ending = request.GET.get("sign-in", "")
    context = {"ending": ending if ending in ENDINGS else "deleted"}
    return render(request, "markets/account_deleted.html", context)


def _erase(request: Request) -> bool:
    """Erase the person, application by application; False if the time is up before the end."""
    steps = erasure.erase_person(
        request.user.actor,
        request.user.actor.id,
        email=request.user.email,
        session_id=sessions.session_id(request),
    )
    return all(deadline.leaves(ONE_MARKET) for _ in steps)


def _leave(request: Request) -> HttpResponse:
    """Delete the sign-in and end the session; say what became of it."""
    session = sessions.behind(request)
    ending = "deleted"
    try:
        if session:
            account_deletion.delete_own_sign_in(session)
    except account_deletion.SignInAgain:
        ending = "again"
    except account_deletion.SignInStays:
        ending = "officer"
    sessions.end(request)
    return redirect(f"{reverse('account:deleted')}?sign-in={ending}")


def _differences(form: DetailsForm, account: Any) -> list[Change]:
    """Return where what is saved now says something else than the form."""
    return [
        Change(str(form.fields[name].label), getattr(account, name) or "", said or "")
        for name, said in form.details().items()
        if said != getattr(account, name)
    ]
