"""The page for a form that cannot be accepted now: it keeps everything that was entered."""

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from core.forms import CSRF_TOKEN

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def is_same_origin(request: "HttpRequest") -> bool:
    """Whether a page of this site sent the form, according to the browser.

    Only such forms are offered for resubmission: otherwise a form that another site
    filled in would become one with a button of ours.
    """
    own = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin", own) == own


def resubmit(
    request: "HttpRequest", *, status: int, title: str, message: str, sign_in: str | None = None
) -> "HttpResponse":
    """Answer a POST with its own fields, ready to be sent again.

    `sign_in` is the URL name of the sign-in that is needed first, if any: it opens
    in a new tab, so that this page stays. Chosen files are not included: browsers
    let no page fill them in.
    """
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != CSRF_TOKEN
    ]
    context = {
        "title": title,
        "message": message,
        "status": status,
        "fields": fields,
        "files": bool(request.FILES),
        "sign_in_url": sign_in
        and f"{reverse(sign_in)}?{urlencode({'next': reverse('signed_in')})}",
    }
    return render(request, "resubmit.html", context, status=status)
