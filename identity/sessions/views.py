"""Where somebody is signed in: to look at, and to end."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from identity.http import Request
from identity.models import User
from identity.sessions.models import Session
from identity.sessions.operations import close, end, is_behind, sessions_of

ALL = "all"
OTHERS = "others"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: Request) -> HttpResponse:
    """List the person's sessions; a POST ends the one that it names, the others, or all."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101 - the middleware lets in nobody else
    listed = sessions_of(person.sub)
    here = next((session for session in listed if is_behind(request, session)), None)
    if request.method != "POST":
        others = [session for session in listed if session is not here]
        return render(request, "identity/sessions/sessions.html", {"here": here, "others": others})
    chosen = _chosen(listed, here, request.POST.get("end", ""))
    for session in chosen:
        if session is not here:
            close(session)
    if here in chosen:
        app_client = person.app_client
        end(request)
        return redirect(app_client.sign_out_url)
    if chosen:
        count = f"{len(chosen)} sessions are" if len(chosen) > 1 else "The session is"
        messages.success(request, f"{count} ended. Nothing more can be saved there.")
    else:
        messages.info(request, "There was no such session any more.")
    return redirect("sessions")


def _chosen(listed: list[Session], here: Session | None, wish: str) -> list[Session]:
    if wish == ALL:
        return listed
    if wish == OTHERS:
        return [session for session in listed if session is not here]
    return [session for session in listed if session.handle == wish]
