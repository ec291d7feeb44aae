"""Forms in another charset than UTF-8: refused, with their text as far as it can be read.

All pages are in UTF-8, so browsers send UTF-8. Django would decode a form with any
codec of Python that the form names, also with one that decodes no text.
"""

import codecs
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.utils.http import MAX_HEADER_LENGTH, parse_header_parameters

from core.forms import CSRF_TOKEN
from core.web.resubmit import is_same_origin, resubmit
from core.web.scripts import wants_json

UTF_8 = "utf-8"
OURS = {"utf-8", "ascii"}
READABLE = {
    "iso8859-1",
    "iso8859-2",
    "iso8859-15",
    "iso8859-16",
    "cp1250",
    "cp1252",
    "utf-7",
    "utf-16",
    "utf-16-be",
    "utf-16-le",
}
"""What a form in another charset is read with; all others are read as UTF-8."""
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
NOT_ENTERED = {
    CSRF_TOKEN,
    "action",
    "application_id",
    "author_signature",
    "expected_version",
    "fingerprint",
    "order",
    "replace",
    "seen",
    "unsaved",
}
"""Fields that the page sends by itself: nobody has to copy them."""

STATUS = 400
TITLE = "We could not read this form"


class FormRequest(WSGIRequest):
    """A request that is UTF-8 whatever its Content-Type says.

    Django takes over any charset that Python has a codec for, and then fails before any
    middleware if the codec decodes no text, or if the charset has a null character.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            parsed = parse_header_parameters(meta.get("CONTENT_TYPE", ""), MAX_HEADER_LENGTH)
        except ValueError:
            parsed = "", {}
        self.content_type, self.content_params = parsed


class SiteHandler(WSGIHandler):
    request_class = FormRequest


class CharsetMiddleware:
    """Reads every request as UTF-8, and refuses forms that are not, with 400.

    It comes before CsrfViewMiddleware, which is the first to read forms.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.encoding = UTF_8
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],  # noqa: ARG002
        args: tuple[Any, ...],  # noqa: ARG002
        kwargs: dict[str, Any],  # noqa: ARG002
    ) -> HttpResponse | None:
        if request.method != "POST":
            return None
        charset = (request.content_params or {}).get("charset", UTF_8)
        name = codec(charset)
        try:
            if name not in OURS:
                return refuse(request, fields_in(request, name))
            return None if is_readable(request) else refuse(request, request.POST)
        except UnreadablePostError as fault:
            raise BadRequest("The connection ended before the form did.") from fault


def codec(charset: str) -> str | None:
    """Return Python's name for a charset; None if it knows none."""
    try:
        return codecs.lookup(charset).name
    except (LookupError, ValueError):
        return None


def is_readable(request: HttpRequest) -> bool:
    """Whether a form that should be UTF-8 is."""
    if request.content_type == "application/x-www-form-urlencoded":
        try:
            # Names and values end at ASCII characters: they are UTF-8 if the whole is.
            unquote_to_bytes(request.body).decode()
        except UnicodeDecodeError:
            return False
        return True
    # Django has read the body, a part of which may be a file, and replaced what it could not read.
    return not any(has_unreadable(request.POST))


def has_unreadable(fields: QueryDict) -> list[str]:
    """Return the names of fields with characters that could not be read."""
    return [
        name
        for name, values in fields.lists()
        if any(UNREADABLE in str(text) for text in (name, *values))
    ]


def fields_in(request: HttpRequest, name: str | None) -> QueryDict:
    """Return the fields of a form in a foreign charset, as far as they can be read."""
    encoding = name if name in READABLE else UTF_8
    if request.content_type == "application/x-www-form-urlencoded":
        return QueryDict(request.body, encoding=encoding)
    request.encoding = encoding
    return request.POST


def refuse(request: HttpRequest, fields: QueryDict) -> HttpResponse:
    """Answer with the form's own fields: to be sent again, or else to be copied.

    A form that another site filled in is not shown.
    """
    if wants_json(request):
        return JsonResponse({"message": f"{TITLE}. It is not in UTF-8."}, status=STATUS)
    if not is_same_origin(request):
        raise BadRequest("The form is not in UTF-8.")
    if not has_unreadable(fields):
        request.POST = fields  # type: ignore[assignment]
        return resubmit(
            request,
            status=STATUS,
            title=TITLE,
            message="Your browser sent it in another charset than UTF-8. Please send it again.",
        )
    context = {
        "status": STATUS,
        "title": TITLE,
        "fields": [
            (name, value)
            for name, values in fields.lists()
            for value in values
            if value and name not in NOT_ENTERED
        ],
    }
    return render(request, "unreadable.html", context, status=STATUS)
