"""The pages on which officers keep their city's reply templates."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from uuid6 import uuid7

from approvals.reply_templates.forms import ReplyTemplateForm, ReviseReplyTemplateForm
from approvals.reply_templates.models import Occasion, ReplyTemplate
from approvals.reply_templates.operations import (
    PLACEHOLDERS,
    add_reply_template,
    delete_reply_template,
    get_reply_template,
    reply_templates_of,
    revise_reply_template,
)
from approvals.view_helpers import officers_only
from core.errors import AlreadyExists, VersionConflict
from core.web.parsing import parse_version
from identity.http import Request
from identity.permissions import require_reviewer
from markets.cities.queries import get_city
from markets.models import Language


@require_safe
@officers_only
def template_list(request: Request, city_slug: str) -> HttpResponse:
    replies = reply_templates_of(request.user.actor, city_slug)
    context = {"city": get_city(city_slug), "replies": replies}
    return render(request, "approvals/reply_templates/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def add(request: Request, city_slug: str) -> HttpResponse:
    """Add a reply, under an id drawn with the page: sending it twice makes one."""
    require_reviewer(request.user.actor, city_slug)
    city = get_city(city_slug)
    form = ReplyTemplateForm(
        request.POST or None, initial={"template_id": uuid7(), "language": city.language}
    )
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            add_reply_template(
                request.user.actor,
                city_slug,
                template_id=str(told["template_id"]),
                language=Language(told["language"]),
                title=told["title"],
                occasion=Occasion(told["occasion"]),
                text=told["text"],
            )
        except AlreadyExists as refusal:
            messages.info(request, str(refusal))
        else:
            messages.success(request, f"“{told['title']}” is kept.")
        return redirect("approvals:reply_templates", city_slug)
    return _render_form(request, city_slug, form)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def revise(request: Request, city_slug: str, language: str, template_id: UUID) -> HttpResponse:
    actor = request.user.actor
    reply = get_reply_template(actor, city_slug, f"{language}#{template_id}")
    if request.method != "POST":
        return _render_form(request, city_slug, _form_of(reply), reply=reply)
    form = ReviseReplyTemplateForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            revise_reply_template(
                actor,
                city_slug,
                reply.key,
                expected_version=told["expected_version"],
                title=told["title"],
                occasion=Occasion(told["occasion"]),
                text=told["text"],
            )
        except VersionConflict as refusal:
            # What was typed stays; saved again, it replaces the version shown below it.
            again = ReviseReplyTemplateForm(initial=told | {"expected_version": reply.version})
            return _render_form(request, city_slug, again, reply=reply, refusal=refusal)
        messages.success(request, f"“{told['title']}” is saved.")
        return redirect("approvals:reply_templates", city_slug)
    return _render_form(request, city_slug, form, reply=reply)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def delete(request: Request, city_slug: str, language: str, template_id: UUID) -> HttpResponse:
    actor = request.user.actor
    reply = get_reply_template(actor, city_slug, f"{language}#{template_id}")
    if request.method == "POST":
        version = parse_version(request.POST.get("expected_version"))
        try:
            delete_reply_template(actor, city_slug, reply.key, expected_version=version)
        except VersionConflict as refusal:
            messages.error(request, f"{refusal} This is how it is now.")
            return redirect("approvals:delete_reply_template", city_slug, language, template_id)
        messages.success(request, f"“{reply.title}” is deleted.")
        return redirect("approvals:reply_templates", city_slug)
    context = {"city": get_city(city_slug), "reply": reply}
    return render(request, "approvals/reply_templates/delete.html", context)


def _form_of(reply: ReplyTemplate) -> ReviseReplyTemplateForm:
    return ReviseReplyTemplateForm(
        initial={
            "expected_version": reply.version,
            "title": reply.title,
            "occasion": reply.action,
            "text": reply.text,
        }
    )


def _render_form(
    request: Request,
    city_slug: str,
    form: ReplyTemplateForm | ReviseReplyTemplateForm,
    *,
    reply: ReplyTemplate | None = None,
    refusal: VersionConflict | None = None,
) -> HttpResponse:
    context = {
        "city": get_city(city_slug),
        "form": form,
        "reply": reply,
        "refusal": refusal,
        "placeholders": [(f"{{{name}}}", meaning) for name, meaning in PLACEHOLDERS.items()],
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "approvals/reply_templates/form.html", context, status=status)
