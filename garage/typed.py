"""What was typed when a session had ended: kept for its writer until they are back.

A page that is worth it carries `signature(person, path)` in a hidden input named
TYPED_BY. When such a page is sent by nobody (the session has ended) or with a
token that no longer holds (they signed in again in another tab), the text is
kept under the person and the path that were signed, so that the page can show
it after they have signed in: to them, and to nobody else.
See docs/decisions/0005-typed-text.md.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from pynamodb.attributes import JSONAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from garage import clock
from garage.dynamodb import Table, as_domain_error, table_name

TYPED_BY = "typed_by"
KEPT_FOR = timedelta(days=7)
PAGES_LAST = timedelta(days=31)  # a page is open for no longer than a session lasts
MAX_BYTES = 200_000  # far more than any form takes; an item may have 400 KB
NOT_TYPED = {TYPED_BY, "csrfmiddlewaretoken"}


class Typed(Table):
    """The text of one page, as its writer last sent it in vain."""

    class Meta:
        table_name = table_name("typed")

    user_id = UnicodeAttribute(hash_key=True, attr_name="userId")
    path = UnicodeAttribute(range_key=True)
    fields = JSONAttribute()  # name → values
    kept_at = UTCDateTimeAttribute(attr_name="keptAt")
    expires_at = TTLAttribute(attr_name="expiresAt")

    @property
    def data(self) -> QueryDict:
        """What was typed, as a form takes it."""
        data = QueryDict(mutable=True)
        for name, values in self.fields.items():
            data.setlist(name, values)
        return data


def signature(person: str, path: str) -> str:
    """Return what a page at `path` carries to tell who types in it."""
    return signing.dumps(person, salt=f"{TYPED_BY}:{path}")


def recall(person: str, path: str) -> Typed | None:
    """Return what a person typed at `path` in vain, if it is not too long ago."""
    try:
        typed = Typed.get(person, path, consistent_read=True)
    except Typed.DoesNotExist:
        return None
    return typed if typed.expires_at > clock.now() else None


def forget(person: str, path: str) -> None:
    """Drop what was kept, now that it is saved or unwanted; nothing kept is no error."""
    Typed(person, path).delete()


def rescue(request: HttpRequest) -> HttpResponse | None:
    """Keep the text of a request that is about to be refused, and lead its writer on.

    None if the request names no writer or its text cannot be kept here: then
    the page that answers has to hold it itself (garage.kept).
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
    door = getattr(view, "login_url", None) or settings.LOGIN_URL
    onwards = redirect(back) if person.is_authenticated else redirect_to_login(back, door)
    if by_script:
        context = {"kept": kept, "signed_in": person.is_authenticated, "onwards": onwards.url}
        return render(request, "_typed_kept.html", context, status=401)
    messages.warning(
        request, "You were signed out before this could be saved. What you typed is kept."
    )
    return onwards


def all_of(person: str) -> list[Typed]:
    """Return all that is kept of a person."""
    return list(Typed.query(person, consistent_read=True))


def forget_all(person: str) -> None:
    for typed in all_of(person):
        typed.delete()


class TypedTextMiddleware:
    """Rescues what is typed in a form that somebody sends after their session has ended.

    Stands before the middleware that would lead them to the door empty-handed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],  # noqa: ARG002
        kwargs: dict[str, Any],  # noqa: ARG002
    ) -> HttpResponse | None:
        person: Any = request.user
        needless = not getattr(view, "login_required", True) or person.is_authenticated
        return None if request.method != "POST" or needless else rescue(request)


def _writer(request: HttpRequest) -> str | None:
    try:
        writer: str = signing.loads(
            request.POST.get(TYPED_BY, ""),
            salt=f"{TYPED_BY}:{request.path}",
            max_age=PAGES_LAST,
        )
    except signing.BadSignature:
        return None
    return writer


def _keep(writer: str, path: str, data: QueryDict) -> bool:
    fields = {name: values for name, values in data.lists() if name not in NOT_TYPED}
    if len(json.dumps(fields, ensure_ascii=False).encode()) > MAX_BYTES:
        return False
    now = clock.now()
    typed = Typed(writer, path, fields=fields, kept_at=now, expires_at=now + KEPT_FOR)
    try:
        typed.save()
    except Exception as fault:
        if as_domain_error(fault) is None:
            raise
        return False
    return True
