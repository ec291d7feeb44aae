"""The pages for transferring applications between two accounts of one person."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.errors import NotFound, VersionConflict
from identity.http import Request
from identity.sign_in import email_accounts
from markets.accounts.transfer import (
    VALID_FOR,
    SameAccount,
    preview_transfer,
    redeem_code,
)
from markets.accounts.transfer import create_code as create_transfer_code
from markets.view_helpers import current_merchant

PAGE = "markets/accounts/transfer.html"


@never_cache
@require_safe
def transfer(request: Request) -> HttpResponse:
    """Ask in which direction."""
    current_merchant(request)
    return render(request, PAGE)


@never_cache
@require_POST
def create_code(request: Request) -> HttpResponse:
    """Show a new code; no page can show it again."""
    minutes = int(VALID_FOR.total_seconds() // 60)
    context = {"new_code": create_transfer_code(current_merchant(request)), "minutes": minutes}
    return render(request, PAGE, context)


@never_cache
@require_POST
def redeem(request: Request) -> HttpResponse:
    """Show what a code transfers; with `confirmed`, transfer it."""
    actor, code = current_merchant(request), request.POST.get("code", "")
    confirmed = request.POST.get("confirmed") == "yes"
    try:
        if not confirmed:
            preview = preview_transfer(actor, code=code)
            return render(request, PAGE, {"preview": preview, "code": code})
        transferred = redeem_code(actor, code=code)
    except (NotFound, SameAccount, VersionConflict) as error:
        context = {"error": error, "errors": [("#code", str(error))], "code": code}
        return render(request, PAGE, context, status=error.status)
    if request.user.email:
        # The other account is empty: sign-in need not mention it any more.
        email_accounts.forget(request.user.email, transferred.user_id)
    count = len(transferred.markets)
    moved = f"{count} applications are" if count != 1 else "1 application is"
    messages.success(request, f"{moved} in this account now.")
    return redirect("markets:list")
