"""The review of an application: decisions, their undoing, notes, photos."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe
from uuid6 import uuid7

from approvals.permissions import can_decide
from approvals.queries import get_market_for_review
from approvals.queue.view_helpers import next_review_url, queue_of, review_context, review_url
from approvals.reply_templates.models import ReplyTemplate
from approvals.reply_templates.operations import fill_placeholders, reply_templates_of
from approvals.review import operations
from approvals.review.decisions import last_reviewed
from approvals.review.forms import DECISION_FORMS, DecisionForm, NoteForm
from approvals.review.notes import add_note, notes_on
from approvals.view_helpers import officers_only
from core.errors import AlreadyExists, DomainError, InvalidTransition, VersionConflict
from core.web.parsing import parse_version
from identity.http import Request
from markets.cities.models import City
from markets.cities.queries import get_city
from markets.history.queries import history_of
from markets.history.timeline import changes, timeline
from markets.lifecycle import Action
from markets.models import Market, MarketKey
from markets.outbox.messages import Mail, TooLate, messages_to, undo_until

PREVIEW = "preview"


@dataclass(frozen=True)
class Preview:
    """The mail of a decision, and the form that makes this decision."""

    action: Action
    mail: Mail
    form: DecisionForm

    @property
    def view(self) -> str:
        return f"approvals:{self.action.value}"


@require_safe
@officers_only
def review(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    """Show an application; the parameter `reply_template` fills in a decision's form."""
    return render_review(request, _load(request, city_slug, _key(user_id, market_id)))


@require_POST
@officers_only
def approve(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    return _decide(request, city_slug, _key(user_id, market_id), Action.APPROVE)


@require_POST
@officers_only
def reject(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    return _decide(request, city_slug, _key(user_id, market_id), Action.REJECT)


@require_POST
@officers_only
def request_changes(
    request: Request, city_slug: str, user_id: UUID, market_id: UUID
) -> HttpResponse:
    return _decide(request, city_slug, _key(user_id, market_id), Action.REQUEST_CHANGES)


@require_POST
@officers_only
def undo(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    key = _key(user_id, market_id)
    version = parse_version(request.POST.get("expected_version"))
    try:
        market = operations.undo_decision(
            request.user.actor, city_slug, key, expected_version=version
        )
    except (VersionConflict, InvalidTransition, TooLate) as refusal:
        market = _load(request, city_slug, key)
        return render_review(request, market, refusal=refusal, seen_version=version)
    messages.success(request, f"The decision on {market.reference} {market.title} is undone.")
    return redirect(review_url(request, city_slug, key))


@require_POST
@officers_only
def note(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    key = _key(user_id, market_id)
    form = NoteForm(request.POST, auto_id="note_%s")
    if not form.is_valid():
        return render_review(request, _load(request, city_slug, key), note_form=form)
    note_id, text = str(form.cleaned_data["note_id"]), form.cleaned_data["text"]
    try:
        add_note(request.user.actor, city_slug, key, note_id=note_id, text=text)
    except (AlreadyExists, InvalidTransition) as refusal:
        form = NoteForm({"note_id": uuid7(), "text": text}, auto_id="note_%s")
        form.add_error("text", str(refusal))
        return render_review(request, _load(request, city_slug, key), note_form=form)
    return redirect(review_url(request, city_slug, key) + "#notes")


@require_safe
@officers_only
def photo(
    request: Request, city_slug: str, user_id: UUID, market_id: UUID, number: int
) -> HttpResponse:
    """Show one photo in its full size, with links to the others. The first is number 1."""
    market = _load(request, city_slug, _key(user_id, market_id))
    if not 1 <= number <= len(market.photos):
        raise Http404
    context = {
        "city": get_city(city_slug),
        "queue": queue_of(request),
        "market": market,
        "photo": market.photos[number - 1],
        "number": number,
        "previous": number - 1,
        "next": number + 1 if number < len(market.photos) else 0,
    }
    return render(request, "approvals/review/photo.html", context)


def _key(user_id: UUID, market_id: UUID) -> MarketKey:
    return MarketKey(str(user_id), str(market_id))


def _load(request: Request, city_slug: str, key: MarketKey) -> Market:
    return get_market_for_review(request.user.actor, city_slug, key)


def _decide(request: Request, city_slug: str, key: MarketKey, action: Action) -> HttpResponse:
    """Decide on the version that the officer saw, or show the mail that this would send."""
    actor = request.user.actor
    form = _form(action, request.POST)
    if not form.is_valid():
        version = form.cleaned_data.get("expected_version")
        market = _load(request, city_slug, key)
        refusal = None if version else VersionConflict(form.errors["expected_version"][0])
        return render_review(request, market, {action: form}, refusal=refusal, seen_version=version)
    version, message = form.cleaned_data["expected_version"], form.message()
    try:
        if PREVIEW in request.POST:
            market, mail = operations.preview_decision(
                actor, city_slug, key, action, message, expected_version=version
            )
            preview = Preview(action, mail, DECISION_FORMS[action](request.POST, auto_id=False))
            return render_review(request, market, {action: form}, preview=preview)
        market = operations.decide_market(
            actor, city_slug, key, action, message, expected_version=version
        )
    except (VersionConflict, InvalidTransition) as refusal:
        market = _load(request, city_slug, key)
        # The form keeps what was written; sent again, it is for the version shown now.
        unsaved = form.cleaned_data | {"expected_version": market.version}
        form = _form(action, initial=unsaved)
        return render_review(request, market, {action: form}, refusal=refusal, seen_version=version)
    messages.success(
        request,
        format_html(
            '{} {}: {}. <a href="{}#undo" aria-keyshortcuts="u">Undo, or read the mail'
            ' <kbd aria-hidden="true">u</kbd></a>',
            market.reference,
            market.title,
            action.label.lower(),
            review_url(request, city_slug, key),
        ),
    )
    return redirect(next_review_url(request, market))


def render_review(
    request: Request,
    market: Market,
    forms: Mapping[Action, DecisionForm] | None = None,
    *,
    refusal: DomainError | None = None,
    note_form: NoteForm | None = None,
    preview: Preview | None = None,
    seen_version: int | None = None,
) -> HttpResponse:
    """Show an application with its history, messages and notes, and the forms to decide on it.

    `forms` are shown open; the other decisions have empty forms. After a `refusal`,
    the page shows what has changed since `seen_version`.
    """
    city, actor = get_city(market.city), request.user.actor
    history, mails = history_of(market), messages_to(market)
    reply_templates = reply_templates_of(actor, city.slug)
    chosen = request.GET.get("reply_template")
    open_forms = dict(forms or {}) or _forms_from_template(chosen, reply_templates, market, city)
    since = [entry for entry in history if seen_version and entry.version > seen_version]
    reviewed = last_reviewed(history)
    # A request sends one form at most.
    sent_forms = (*open_forms.values(), note_form)
    invalid_form = next((form for form in sent_forms if form and form.errors), None)
    context = {
        "city": city,
        "market": market,
        "form": invalid_form,
        "history": timeline(market, history),
        "refusal": refusal,
        "since": timeline(market, since),
        "changes": changes(since),
        "reviewed": timeline(market, [reviewed])[0] if reviewed else None,
        "changes_since_review": changes(
            [entry for entry in history if reviewed and entry.version > reviewed.version]
        ),
        "can_decide": can_decide(actor, market),
        "forms": {
            action.value: open_forms.get(action) or _form(action, initial=_initial(market))
            for action in DECISION_FORMS
        },
        "is_open": {action.value: action in open_forms for action in DECISION_FORMS},
        "preview": preview,
        "reply_templates": _templates_by_action(market, reply_templates),
        "mails": mails,
        "undo_until": undo_until(market, mails),
        "notes": notes_on(market),
        "note_form": note_form or NoteForm(initial={"note_id": uuid7()}, auto_id="note_%s"),
        **review_context(request, market),
    }
    status = 409 if refusal else 422 if invalid_form else 200
    return render(request, "approvals/review/review.html", context, status=status)


def _form(
    action: Action, data: QueryDict | None = None, *, initial: dict[str, Any] | None = None
) -> DecisionForm:
    """Return a decision's form; the page has several, so the ids differ by decision."""
    return DECISION_FORMS[action](data, initial=initial, auto_id=f"{action.value}_%s")


def _initial(market: Market, **values: Any) -> dict[str, Any]:
    return {"expected_version": market.version, **values}


def _forms_from_template(
    key: str | None, reply_templates: list[ReplyTemplate], market: Market, city: City
) -> dict[Action, DecisionForm]:
    """Return the form of the template's decision, filled in; nothing if no template has the key."""
    for each in reply_templates:
        if each.key == key:
            text = fill_placeholders(each.text, market, city)
            action = Action(each.action)
            return {action: _form(action, initial=_initial(market, text=text))}
    return {}


def _templates_by_action(
    market: Market, reply_templates: list[ReplyTemplate]
) -> dict[str, list[ReplyTemplate]]:
    """Return the templates for each decision, those in the merchant's language first."""
    ordered = sorted(reply_templates, key=lambda each: each.language != market.language)
    return {
        action.value: [each for each in ordered if each.action == action]
        for action in DECISION_FORMS
    }
