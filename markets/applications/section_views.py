"""A page for each part of an application: saved by its button, or as one types."""

from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from core import clock
from core.errors import DomainError, NotAllowed, Unavailable, VersionConflict
from core.unsaved import operations as unsaved
from core.web.parsing import parse_version
from identity.http import Request
from markets import operations
from markets.cities.models import City
from markets.cities.queries import get_city
from markets.details import LABELS
from markets.forms import FORMS, SectionForm
from markets.history.queries import history_of
from markets.history.timeline import Change, changes, format_value
from markets.models import Market, Status
from markets.permissions import can_edit
from markets.sections import section_after
from markets.summary import requests
from markets.view_helpers import own_market

SAVED_BY_ITSELF = {Status.DRAFT, Status.CHANGES_REQUESTED}
"""What nobody decides on meanwhile is saved as one types; the rest by its button, on purpose."""


@dataclass
class SectionEditor:
    """A part of an application on its way between a page and the market."""

    request: Request
    market: Market
    form_class: type[SectionForm]
    seen: int
    """The version that the page saw."""
    conflict: list[Change] | None = None
    """What differs, if it was changed elsewhere."""
    changed: bool = False
    form: SectionForm = field(init=False)

    @property
    def city(self) -> City:
        return get_city(self.market.city)

    @property
    def checking(self) -> bool:
        """Whether the page was opened from “check your answers”, which wants all of them."""
        return "check" in self.request.GET

    @property
    def saves_by_itself(self) -> bool:
        return self.market.status in SAVED_BY_ITSELF

    @property
    def fingerprint(self) -> str:
        return self.form_class.section.fingerprint(self.market)

    def fill_in(self, data: Any) -> SectionForm:
        self.form = self.form_class(
            data,
            market=self.market,
            city=self.city,
            complete=self.checking or self.market.status != Status.DRAFT,
            asked=requests(self.market),
        )
        return self.form

    def save(self, fingerprint: str) -> bool:
        """Save what is valid; False, and `conflict` says why, if it was changed elsewhere.

        Two pages of one draft are two parts of it: only what changed in this
        very part since the page saw it, as its fingerprint tells, is a conflict.
        """
        actor = self.request.user.actor
        for _ in range(3):
            answers = self.form.answers()
            new = {name: said for name, said in answers.items() if said != self._stored(name)}
            if not new:
                return True
            untouched = self.saves_by_itself and self.fingerprint == fingerprint
            if self.market.version != self.seen and not untouched:
                break
            try:
                self.market = operations.revise_market(
                    actor,
                    self.market.key,
                    expected_version=cast("int", self.market.version),
                    details=new,
                )
            except VersionConflict:
                self.market = own_market(self.request, self.market.market_id)
            else:
                self.changed = True
                return True
        self.compare()
        return False

    def compare(self) -> None:
        """Put down as a conflict what was changed elsewhere and what is typed here."""
        if not self.saves_by_itself:
            self.conflict = changes(history_of(self.market, after=self.seen))
            return
        self.conflict = [
            Change(LABELS[name], format_value(name, self._stored(name)), format_value(name, said))
            for name, said in self.form.answers().items()
            if said != self._stored(name)
        ]

    def _stored(self, name: str) -> Any:
        return getattr(self.market, name)


@require_http_methods(["GET", "HEAD", "POST"])
def section(request: Request, market_id: UUID, slug: str) -> HttpResponse:
    market = own_market(request, market_id)
    sheet = SectionEditor(request, market, FORMS[slug], seen=cast("int", market.version))
    if request.method == "POST":
        return _take(sheet)
    if can_edit(request.user.actor, market):
        return _open(sheet)
    messages.error(request, f"{market.reference} can no longer be edited.")
    return redirect("markets:detail", market_id)


def _take(sheet: SectionEditor) -> HttpResponse:
    """Save what was typed, or show it again with what is wrong with it."""
    request, market = sheet.request, sheet.market
    if request.POST.get("action") == "discard":
        unsaved.delete(market.user_id, request.path)
        return redirect(request.path)
    named, fingerprint = request.POST.get("expected_version"), request.POST.get("fingerprint", "")
    if (replaced := request.POST.get("replace")) and not request.htmx:
        # Shown while typing what was changed elsewhere, its author replaces it on purpose.
        named, _, fingerprint = replaced.partition(" ")
    sheet.seen = parse_version(named)
    valid = sheet.fill_in(request.POST).is_valid()
    saved = False
    try:
        if not can_edit(request.user.actor, market):
            raise NotAllowed(f"{market.reference} can no longer be edited.")
        # What is good is not lost for what is not; a text under decision changes whole or not.
        saved = (valid or sheet.saves_by_itself) and sheet.save(fingerprint)
    except Unavailable:
        raise
    except DomainError as refusal:
        sheet.form.add_error(None, str(refusal))
    if saved and valid and "kept" in request.POST:
        unsaved.delete(market.user_id, request.path)
    if request.htmx:
        return _answer_script(sheet, saved=saved)
    return _go_on(sheet) if saved and valid else _show(sheet)


def _open(sheet: SectionEditor) -> HttpResponse:
    """Show a part as it is stored, or as it was typed when a session had ended."""
    kept = unsaved.get(sheet.market.user_id, sheet.request.path)
    if kept:
        sheet.fill_in(kept.data)
        if sheet.form.is_valid() and sheet.fingerprint != kept.data.get("fingerprint"):
            sheet.compare()
        return _show(sheet, kept=kept, status=200)
    sheet.fill_in(sheet.form_class.as_stored(sheet.market) if sheet.checking else None)
    return _show(sheet, status=200)


def _show(sheet: SectionEditor, *, status: int | None = None, **context: Any) -> HttpResponse:
    context |= _context(sheet)
    context["author_signature"] = unsaved.sign_author(sheet.market.user_id, sheet.request.path)
    fault = 412 if sheet.conflict is not None else 422
    return render(
        sheet.request, "markets/applications/section.html", context, status=status or fault
    )


def _answer_script(sheet: SectionEditor, *, saved: bool) -> HttpResponse:
    """Say what became of what was typed: the page swaps in the parts of this answer."""
    context = _context(sheet) | {"saved_at": clock.now() if saved else None}
    status = 412 if sheet.conflict is not None else 200
    return render(sheet.request, "markets/applications/_autosaved.html", context, status=status)


def _context(sheet: SectionEditor) -> dict[str, Any]:
    return {
        "market": sheet.market,
        "city": sheet.city,
        "form": sheet.form,
        "section": sheet.form_class.section,
        "conflict": sheet.conflict,
        "expected_version": sheet.market.version,
        "fingerprint": sheet.fingerprint,
        "saves_by_itself": sheet.saves_by_itself,
        "checking": sheet.checking,
    }


def _go_on(sheet: SectionEditor) -> HttpResponse:
    market_id = sheet.market.market_id
    if not sheet.saves_by_itself:
        if sheet.changed:
            reference = sheet.market.reference
            messages.success(sheet.request, f"The changes to {reference} are submitted.")
        else:
            messages.info(sheet.request, "Nothing was changed.")
        return redirect("markets:detail", market_id)
    if sheet.checking:
        return redirect("markets:check", market_id)
    following = section_after(sheet.form_class.section)
    if sheet.request.POST.get("action") == "list":
        return redirect("markets:tasks", market_id)
    return redirect(
        reverse(f"markets:{following.slug}" if following else "markets:check", args=[market_id])
    )
