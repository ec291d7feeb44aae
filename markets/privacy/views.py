"""The merchant's own data: download all of it, or delete the account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from core import deadline
from identity import account_deletion
from identity.http import Request
from identity.sessions import operations as sessions
from markets.privacy import data_export, erasure
from markets.privacy.forms import DeleteForm
from markets.view_helpers import current_merchant

MARKET_SECONDS = 4.0  # that erasing one application may take
ENDINGS = {"deleted", "sign_in_again", "officer"}


@require_http_methods(["GET", "HEAD", "POST"])
def data(request: Request) -> HttpResponse:
    """Create a zip file of all data about the merchant, and link to it."""
    actor = current_merchant(request)
    if request.method == "POST":
        signed_in_as = {"email": request.user.email, "name": request.user.name}
        data_export.make_data_export(actor, signed_in_as=signed_in_as)
        messages.success(request, "Your data is ready.")
        return redirect("privacy:data")
    context = {"export": data_export.find_data_export(actor)}
    return render(request, "markets/privacy/data.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: Request) -> HttpResponse:
    """Show what is deleted and what is kept; delete it once that is confirmed."""
    actor, form, status = current_merchant(request), DeleteForm(), 200
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
        "unfinished": unfinished,
        "outcomes": [
            (outcome, [each for each in plan if each.outcome == outcome])
            for outcome in erasure.Outcome
            if any(each.outcome == outcome for each in plan)
        ],
    }
    return render(request, "markets/privacy/delete.html", context, status=status)


@login_not_required
@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """The page after the deletion, for which nobody needs to be signed in."""
    ending = request.GET.get("sign-in", "")
    context = {"ending": ending if ending in ENDINGS else "deleted"}
    return render(request, "markets/privacy/deleted.html", context)


def _erase(request: Request) -> bool:
    """Erase the merchant, one application after another; False if the time was not enough."""
    steps = erasure.erase_person(
        request.user.actor,
        request.user.actor.id,
        email=request.user.email,
        session_id=sessions.session_id(request),
    )
    return all(deadline.has_time_for(MARKET_SECONDS) for _ in steps)


def _leave(request: Request) -> HttpResponse:
    """Delete the sign-in, end the session, and show the result."""
    session = sessions.current_session(request)
    ending = "deleted"
    try:
        if session:
            account_deletion.delete_own_sign_in(session)
    except account_deletion.SignInNotDeleted as refusal:
        ending = refusal.ending
    sessions.end(request)
    return redirect(f"{reverse('privacy:deleted')}?sign-in={ending}")
