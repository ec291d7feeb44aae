"""The list of a person's sessions, and ending them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from identity.http import Request
from identity.models import User
from identity.sessions.models import Session
from identity.sessions.operations import close, end, is_current, list_sessions

ALL = "all"
OTHERS = "others"


@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: Request) -> HttpResponse:
    """List the person's sessions; a POST ends the one that it names, the others, or all."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101 - the middleware admits nobody else
    listed = list_sessions(person.sub)
    current = next((session for session in listed if is_current(request, session)), None)
    if request.method != "POST":
        others = [session for session in listed if session is not current]
        return render(
            request, "identity/sessions/sessions.html", {"current": current, "others": others}
        )
    chosen = _chosen(listed, current, request.POST.get("end", ""))
    for session in chosen:
        if session is not current:
            close(session)
    if current in chosen:
        app_client = person.app_client
        end(request)
        return redirect(app_client.sign_out_url)
    if chosen:
        count = f"{len(chosen)} sessions are" if len(chosen) > 1 else "The session is"
        messages.success(request, f"{count} ended. Nothing more can be saved there.")
    else:
        messages.info(request, "This session had ended already.")
    return redirect("sessions")


def _chosen(listed: list[Session], current: Session | None, wish: str) -> list[Session]:
    if wish == ALL:
        return listed
    if wish == OTHERS:
        return [session for session in listed if session is not current]
    return [session for session in listed if session.handle == wish]
