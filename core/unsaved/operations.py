"""What was typed when a session had ended: kept for its writer until they are back.

A page that is worth it carries `signature(person, path)` in a hidden input named
TYPED_BY. When such a page is sent by nobody (the session has ended) or with a
token that no longer holds (they signed in again in another tab), the text is
kept under the person and the path that were signed, so that the page can show
it after they have signed in: to them, and to nobody else.
See docs/decisions/0005-typed-text.md.
"""

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from core import clock
from core.dynamodb import as_domain_error
from core.unsaved.models import UnsavedForm

AUTHOR_SIGNATURE = "author_signature"
KEPT_FOR = timedelta(days=7)
PAGES_LAST = timedelta(days=31)  # a page is open for no longer than a session lasts
MAX_BYTES = 200_000  # far more than any form takes; an item may have 400 KB
NOT_SAVED = {AUTHOR_SIGNATURE, "csrfmiddlewaretoken"}


def signature(person: str, path: str) -> str:
    """Return what a page at `path` carries to tell who types in it."""
    return signing.dumps(person, salt=f"{AUTHOR_SIGNATURE}:{path}")


def get(person: str, path: str) -> UnsavedForm | None:
    """Return what a person typed at `path` in vain, if it is not too long ago."""
    try:
        unsaved = UnsavedForm.get(person, path, consistent_read=True)
    except UnsavedForm.DoesNotExist:
        return None
    return unsaved if unsaved.expires_at > clock.now() else None


def forget(person: str, path: str) -> None:
    """Drop what was kept, now that it is saved or unwanted; nothing kept is no error."""
    UnsavedForm(person, path).delete()


def save(request: HttpRequest) -> HttpResponse | None:
    """Keep the text of a request that is about to be refused, and lead its writer on.

    None if the request names no writer or its text cannot be kept here: then
    the page that answers has to hold it itself (core.web.resubmit).
    """
    writer = _writer(request)
    if writer is None:
        return None
    kept = _keep(writer, request.path, request.POST)
    by_script = "HX-Request" in request.headers
    if not kept and not by_script:
        return None
    back = request.get_full_path()
    person: Any = request.user
    view: Any = request.resolver_match and request.resolver_match.func
    app_client = getattr(view, "login_url", None) or settings.LOGIN_URL
    onwards = redirect(back) if person.is_authenticated else redirect_to_login(back, app_client)
    if by_script:
        context = {"kept": kept, "signed_in": person.is_authenticated, "onwards": onwards.url}
        return render(request, "_unsaved.html", context, status=401)
    messages.warning(
        request, "You were signed out before this could be saved. What you typed is kept."
    )
    return onwards


def all_of(person: str) -> list[UnsavedForm]:
    """Return all that is kept of a person."""
    return list(UnsavedForm.query(person, consistent_read=True))


def forget_all(person: str) -> None:
    for unsaved in all_of(person):
        unsaved.delete()


def _writer(request: HttpRequest) -> str | None:
    try:
        writer: str = signing.loads(
            request.POST.get(AUTHOR_SIGNATURE, ""),
            salt=f"{AUTHOR_SIGNATURE}:{request.path}",
            max_age=PAGES_LAST,
        )
    except signing.BadSignature:
        return None
    return writer


def _keep(writer: str, path: str, data: QueryDict) -> bool:
    fields = {name: values for name, values in data.lists() if name not in NOT_SAVED}
    if len(json.dumps(fields, ensure_ascii=False).encode()) > MAX_BYTES:
        return False
    now = clock.now()
    unsaved = UnsavedForm(writer, path, fields=fields, kept_at=now, expires_at=now + KEPT_FOR)
    try:
        unsaved.save()
    except Exception as fault:
        if as_domain_error(fault) is None:
            raise
        return False
    return True
