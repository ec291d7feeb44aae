"""The pages on which one person moves applications between two accounts of theirs."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError, NotAllowed
from identity.http import Request
from identity.sign_in import email_accounts
from markets.accounts import transfer
from markets.permissions import can_apply

PAGE = "markets/accounts/transfer.html"


@never_cache
@require_safe
def choose(request: Request) -> HttpResponse:
    """Ask in which direction."""
    if not can_apply(request.user.actor):
        raise NotAllowed("These pages are for merchants. You are signed in as an officer.")
    return render(request, PAGE)


@never_cache
@require_POST
def give(request: Request) -> HttpResponse:
    """Show a code, this once: it is on no page that can be opened again."""
    minutes = int(transfer.VALID_FOR.total_seconds() // 60)
    context = {"given": transfer.create_code(request.user.actor), "minutes": minutes}
    return render(request, PAGE, context)


@never_cache
@require_POST
def take(request: Request) -> HttpResponse:
    """Show what a code moves; with `confirmed`, move it."""
    actor, code = request.user.actor, request.POST.get("code", "")
    confirmed = request.POST.get("confirmed") == "yes"
    try:
        move = (transfer.redeem_code if confirmed else transfer.preview_transfer)(actor, code=code)
    except NotAllowed:
        raise
    except DomainError as refusal:
        context = {"refusal": refusal, "code": code}
        return render(request, PAGE, context, status=refusal.status)
    if not confirmed:
        return render(request, PAGE, {"move": move, "code": code})
    if request.user.email:
        # Nothing is left there to be told of at each sign-in.
        email_accounts.forget(request.user.email, move.user_id)
    count = len(move.markets)
    moved = f"{count} applications are" if count != 1 else "1 application is"
    messages.success(request, f"{moved} in this account now.")
    return redirect("markets:list")
