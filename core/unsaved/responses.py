"""How a request is answered whose form was stored for later."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.unsaved.operations import author_of, save


def save_for_later(request: HttpRequest) -> HttpResponse | None:
    """Store the form of a request that is about to be refused, and lead its author back to it.

    None if the form does not name its author or cannot be stored: then the page that
    answers has to carry the fields itself (core.web.resubmit).
    """
    author = author_of(request)
    if author is None:
        return None
    saved = save(author, request)
    by_script = "HX-Request" in request.headers
    if not saved and not by_script:
        return None
    page = request.get_full_path()
    person: Any = request.user
    view: Any = request.resolver_match and request.resolver_match.func
    sign_in = getattr(view, "login_url", None) or settings.LOGIN_URL
    target = redirect(page) if person.is_authenticated else redirect_to_login(page, sign_in)
    if by_script:
        context = {
            "saved": saved,
            "signed_in": person.is_authenticated,
            "target": target.url,
        }
        return render(request, "_unsaved.html", context, status=401)
    messages.warning(
        request, "You were signed out before this could be saved. What you entered is kept."
    )
    return target
