"""A market before the city hall: the review, the decisions, the notes."""

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
from approvals.reply_templates.operations import fill, reply_templates_of
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
    """The mail of a decision, and the form that sends it as it is."""

    action: Action
    mail: Mail
    form: DecisionForm

    @property
    def view(self) -> str:
        return f"approvals:{self.action.value}"


@require_safe
@officers_only
def review(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    """Show a market; `reply` in the URL begins its decision with a reply template."""
    market = _market(request, city_slug, user_id, market_id)
    return render_review(request, market)


@require_POST
@officers_only
def approve(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    return _decide(request, _market(request, city_slug, user_id, market_id), Action.APPROVE)


@require_POST
@officers_only
def reject(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    return _decide(request, _market(request, city_slug, user_id, market_id), Action.REJECT)


@require_POST
@officers_only
def request_changes(
    request: Request, city_slug: str, user_id: UUID, market_id: UUID
) -> HttpResponse:
    return _decide(request, _market(request, city_slug, user_id, market_id), Action.REQUEST_CHANGES)


@require_POST
@officers_only
def undo(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    market = _market(request, city_slug, user_id, market_id)
    seen = parse_version(request.POST.get("expected_version"))
    try:
        operations.undo_decision(request.user.actor, city_slug, market.key, expected_version=seen)
    except (VersionConflict, InvalidTransition, TooLate) as refusal:
        market = _market(request, city_slug, user_id, market_id)
        return render_review(request, market, refusal=refusal, seen=seen)
    messages.success(request, f"The decision on {market.reference} {market.name} is undone.")
    return redirect(review_url(request, city_slug, market.key))


@require_POST
@officers_only
def note(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> HttpResponse:
    market = _market(request, city_slug, user_id, market_id)
    form = NoteForm(request.POST, auto_id="note_%s")
    if not form.is_valid():
        return render_review(request, market, note_form=form)
    try:
        add_note(
            request.user.actor,
            city_slug,
            market.key,
            note_id=str(form.cleaned_data["note_id"]),
            text=form.cleaned_data["text"],
        )
    except AlreadyExists as refusal:
        messages.info(request, str(refusal))
    return redirect(review_url(request, city_slug, market.key) + "#notes")


@require_safe
@officers_only
def photo(
    request: Request, city_slug: str, user_id: UUID, market_id: UUID, number: int
) -> HttpResponse:
    """Show one photo as large as it is, with the way to the others; counted from 1."""
    market = get_market_for_review(
        request.user.actor, city_slug, MarketKey(str(user_id), str(market_id))
    )
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


def _market(request: Request, city_slug: str, user_id: UUID, market_id: UUID) -> Market:
    key = MarketKey(str(user_id), str(market_id))
    return get_market_for_review(request.user.actor, city_slug, key)


def _decide(request: Request, market: Market, action: Action) -> HttpResponse:
    """Decide, or show the mail that the decision would send, on the version that was seen."""
    actor, city_slug, key = request.user.actor, market.city, market.key
    form = _form(action, request.POST)
    if not form.is_valid():
        seen = form.cleaned_data.get("expected_version")
        nameless = VersionConflict("The form did not say which version it showed.")
        refusal = None if seen else nameless
        return render_review(request, market, {action: form}, refusal=refusal, seen=seen)
    seen, words = form.cleaned_data["expected_version"], form.words()
    try:
        if PREVIEW in request.POST:
            mail = operations.preview_decision(
                actor, city_slug, key, action, words, expected_version=seen
            )
            preview = Preview(action, mail, DECISION_FORMS[action](request.POST, auto_id=False))
            return render_review(request, market, {action: form}, preview=preview)
        decided = operations.decide_market(
            actor, city_slug, key, action, words, expected_version=seen
        )
    except (VersionConflict, InvalidTransition) as refusal:
        market = get_market_for_review(actor, city_slug, key)
        # What was typed stays; sent again, it answers the version shown now.
        unsaved = form.cleaned_data | {"expected_version": market.version}
        again = _form(action, initial=unsaved)
        return render_review(request, market, {action: again}, refusal=refusal, seen=seen)
    messages.success(
        request,
        format_html(
            '{} {}: {}. <a href="{}#undo" aria-keyshortcuts="u">Undo, or read the mail'
            ' <kbd aria-hidden="true">u</kbd></a>',
            decided.reference,
            decided.name,
            action.label.lower(),
            review_url(request, city_slug, key),
        ),
    )
    return redirect(next_review_url(request, decided))


def render_review(
    request: Request,
    market: Market,
    forms: Mapping[Action, DecisionForm] | None = None,
    *,
    refusal: DomainError | None = None,
    note_form: NoteForm | None = None,
    preview: Preview | None = None,
    seen: int | None = None,
) -> HttpResponse:
    """Show a market, what happened since the officer saw it, what was written, and the forms.

    `forms` are those that were begun; the others are as new.
    """
    city, actor = get_city(market.city), request.user.actor
    history, mails, replies = (
        history_of(market),
        messages_to(market),
        reply_templates_of(actor, city.slug),
    )
    begun = dict(forms or {}) or _begun_with(request.GET.get("reply"), replies, market, city)
    since = [entry for entry in history if seen and entry.version > seen]
    reviewed = last_reviewed(history)
    context = {
        "city": city,
        "market": market,
        "history": timeline(market, history),
        "refusal": refusal,
        "since": timeline(market, since),
        "changes": changes(since),
        "reviewed": timeline(market, [reviewed])[0] if reviewed else None,
        "changes_since_review": changes(
            [e for e in history if reviewed and e.version > reviewed.version]
        ),
        "can_decide": can_decide(actor, market),
        "forms": {
            action.value: begun.get(action) or _form(action, initial=_seeing(market))
            for action in DECISION_FORMS
        },
        "begun": [action.value for action in begun],
        "preview": preview,
        "replies": _replies_for(market, replies),
        "mails": mails,
        "undo_until": undo_until(market, mails),
        "notes": notes_on(market),
        "note_form": note_form or NoteForm(initial={"note_id": uuid7()}, auto_id="note_%s"),
        **review_context(request, market),
    }
    is_wrong = note_form is not None or any(form.errors for form in begun.values())
    status = 409 if refusal else 422 if is_wrong else 200
    return render(request, "approvals/review/review.html", context, status=status)


def _form(
    action: Action, data: QueryDict | None = None, *, initial: dict[str, Any] | None = None
) -> DecisionForm:
    """Return a decision's form; several stand on the page, so each has ids of its own."""
    return DECISION_FORMS[action](data, initial=initial, auto_id=f"{action.value}_%s")


def _seeing(market: Market) -> dict[str, Any]:
    return {"expected_version": market.version}


def _begun_with(
    key: str | None, replies: list[ReplyTemplate], market: Market, city: City
) -> dict[Action, DecisionForm]:
    """Return the form that the reply is for, with its words and the market's own data."""
    reply = next((each for each in replies if each.key == key), None)
    if reply is None:
        return {}
    action = Action(reply.action)
    words = {"text": fill(reply.text, market, city)}
    return {action: _form(action, initial=_seeing(market) | words)}


def _replies_for(market: Market, replies: list[ReplyTemplate]) -> dict[str, list[ReplyTemplate]]:
    """Return the replies for each decision, those in the merchant's language first."""
    first = sorted(replies, key=lambda reply: reply.language != market.language)
    return {
        action.value: [reply for reply in first if reply.action == action]
        for action in DECISION_FORMS
    }
