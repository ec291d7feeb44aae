"""The pages on which officers manage their city's reply templates."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from uuid6 import uuid7

from approvals.reply_templates.forms import AddReplyTemplateForm, ReviseReplyTemplateForm
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
from core.errors import AlreadyExists, NotFound, VersionConflict
from core.web.parsing import parse_version
from identity.http import Request
from identity.permissions import require_reviewer
from markets.cities.queries import get_city
from markets.models import Language


@require_safe
@officers_only
def template_list(request: Request, city_slug: str) -> HttpResponse:
    reply_templates = reply_templates_of(request.user.actor, city_slug)
    context = {"city": get_city(city_slug), "reply_templates": reply_templates}
    return render(request, "approvals/reply_templates/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def add(request: Request, city_slug: str) -> HttpResponse:
    """Add a template. Its id is made with the form, so that sending it twice adds one."""
    require_reviewer(request.user.actor, city_slug)
    city = get_city(city_slug)
    form = AddReplyTemplateForm(
        request.POST or None, initial={"template_id": uuid7(), "language": city.language}
    )
    if request.method != "POST" or not form.is_valid():
        return _render_form(request, city_slug, form)
    try:
        add_reply_template(
            request.user.actor,
            city_slug,
            template_id=str(form.cleaned_data["template_id"]),
            language=Language(form.cleaned_data["language"]),
            **_values(form),
        )
    except AlreadyExists as refusal:
        data = request.POST.copy()
        data["template_id"] = str(uuid7())
        form = AddReplyTemplateForm(data)
        form.add_error("text", str(refusal))
        return _render_form(request, city_slug, form)
    messages.success(request, f"“{form.cleaned_data['title']}” is saved.")
    return redirect("approvals:reply_templates", city_slug)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def revise(request: Request, city_slug: str, language: str, template_id: UUID) -> HttpResponse:
    actor, key = request.user.actor, _key(language, template_id)
    form = ReviseReplyTemplateForm(request.POST) if request.method == "POST" else None
    if form is None or not form.is_valid():
        template = get_reply_template(actor, city_slug, key)
        return _render_form(request, city_slug, form or _form_of(template), template=template)
    version = form.cleaned_data["expected_version"]
    try:
        revise_reply_template(actor, city_slug, key, expected_version=version, **_values(form))
    except VersionConflict as refusal:
        template = get_reply_template(actor, city_slug, key)
        # The form keeps what was written; saved again, it replaces the version shown now.
        unsaved = form.cleaned_data | {"expected_version": template.version}
        form = ReviseReplyTemplateForm(initial=unsaved)
        return _render_form(request, city_slug, form, template=template, refusal=refusal)
    messages.success(request, f"“{form.cleaned_data['title']}” is saved.")
    return redirect("approvals:reply_templates", city_slug)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def delete(request: Request, city_slug: str, language: str, template_id: UUID) -> HttpResponse:
    actor, key = request.user.actor, _key(language, template_id)
    if request.method != "POST":
        template = get_reply_template(actor, city_slug, key)
        context = {"city": get_city(city_slug), "template": template}
        return render(request, "approvals/reply_templates/delete.html", context)
    version = parse_version(request.POST.get("expected_version"))
    require_reviewer(actor, city_slug)
    try:
        template = delete_reply_template(actor, city_slug, key, expected_version=version)
    except NotFound:
        messages.info(request, "There is no such reply template any more.")
        return redirect("approvals:reply_templates", city_slug)
    except VersionConflict as refusal:
        messages.error(request, f"{refusal} This page shows its current version.")
        return redirect("approvals:delete_reply_template", city_slug, language, template_id)
    messages.success(request, f"“{template.title}” is deleted.")
    return redirect("approvals:reply_templates", city_slug)


def _key(language: str, template_id: UUID) -> str:
    return f"{language}#{template_id}"


def _values(form: AddReplyTemplateForm | ReviseReplyTemplateForm) -> dict[str, Any]:
    data = form.cleaned_data
    return {"title": data["title"], "occasion": Occasion(data["occasion"]), "text": data["text"]}


def _form_of(template: ReplyTemplate) -> ReviseReplyTemplateForm:
    return ReviseReplyTemplateForm(
        initial={
            "expected_version": template.version,
            "title": template.title,
            "occasion": template.action,
            "text": template.text,
        }
    )


def _render_form(
    request: Request,
    city_slug: str,
    form: AddReplyTemplateForm | ReviseReplyTemplateForm,
    *,
    template: ReplyTemplate | None = None,
    refusal: VersionConflict | None = None,
) -> HttpResponse:
    context = {
        "city": get_city(city_slug),
        "form": form,
        "template": template,
        "refusal": refusal,
        "placeholders": [(f"{{{name}}}", meaning) for name, meaning in PLACEHOLDERS.items()],
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "approvals/reply_templates/form.html", context, status=status)
