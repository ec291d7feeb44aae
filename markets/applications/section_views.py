"""A page for each section of an application, saved by its button or while the merchant types."""

from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from core import clock
from core.errors import InvalidDetails, InvalidTransition, VersionConflict
from core.unsaved import operations as unsaved
from core.web.parsing import parse_version
from identity.http import Request
from markets.cities.models import City
from markets.cities.queries import get_city
from markets.details import LABELS
from markets.forms import FORMS, SectionForm
from markets.history.queries import history_of
from markets.history.timeline import Change, changes, format_value
from markets.models import Market, Status
from markets.operations import revise_loaded_market
from markets.permissions import can_edit
from markets.sections import section_after
from markets.summary import change_requests
from markets.view_helpers import current_merchant, own_market

AUTOSAVED = {Status.DRAFT, Status.CHANGES_REQUESTED}
"""Nobody decides on these meanwhile, so they are saved while the merchant types."""
TRIES = 3  # at saving while another page of the same application is saved


@dataclass
class SectionEditor:
    """One section between a page and the stored market."""

    request: Request
    market: Market
    form_class: type[SectionForm]
    seen: int
    """The version that the page showed."""
    conflict: list[Change] | None = None
    """The differences, if the section was changed elsewhere."""
    changed: bool = False
    form: SectionForm = field(init=False)

    @property
    def city(self) -> City:
        return get_city(self.market.city)

    @property
    def checking(self) -> bool:
        """Whether the page was opened from “Check your answers”: then all answers are required."""
        return "check" in self.request.GET

    @property
    def autosaved(self) -> bool:
        return self.market.status in AUTOSAVED

    @property
    def fingerprint(self) -> str:
        return self.form_class.section.fingerprint(self.market)

    def fill_in(self, data: Any) -> SectionForm:
        self.form = self.form_class(
            data,
            market=self.market,
            city=self.city,
            complete=self.checking or self.market.status != Status.DRAFT,
            change_requests=change_requests(self.market),
        )
        return self.form

    def save(self, fingerprint: str) -> bool:
        """Save the valid answers; return False and set `conflict` if they were changed elsewhere.

        Two pages of one draft edit two sections. So for an autosaved application only
        changes in this section are a conflict, which its fingerprint shows.
        """
        for _ in range(TRIES):
            answers = self.form.answers()
            new = {name: value for name, value in answers.items() if value != self._stored(name)}
            if not new:
                return True
            unchanged = self.autosaved and self.fingerprint == fingerprint
            if self.market.version != self.seen and not unchanged:
                break
            try:
                self.market = revise_loaded_market(
                    self.request.user.actor,
                    self.market,
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
        """Set `conflict` to the differences between the stored and the entered answers."""
        if not self.autosaved:
            self.conflict = changes(history_of(self.market, after=self.seen))
            return
        self.conflict = [
            Change(LABELS[name], format_value(name, self._stored(name)), format_value(name, value))
            for name, value in self.form.answers().items()
            if value != self._stored(name)
        ]

    def _stored(self, name: str) -> Any:
        return getattr(self.market, name)


@require_http_methods(["GET", "HEAD", "POST"])
def section(request: Request, market_id: UUID, slug: str) -> HttpResponse:
    if request.method == "POST" and request.POST.get("action") == "discard":
        unsaved.delete(current_merchant(request).id, request.path)
        return redirect(request.path)
    market = own_market(request, market_id)
    editor = SectionEditor(request, market, FORMS[slug], seen=cast("int", market.version))
    if request.method == "POST":
        return _save(editor)
    if can_edit(request.user.actor, market):
        return _open(editor)
    messages.error(request, f"{market.reference} can no longer be edited.")
    return redirect("markets:detail", market_id)


def _save(editor: SectionEditor) -> HttpResponse:
    """Save the entered answers, or show them again with their errors."""
    request, market = editor.request, editor.market
    version = request.POST.get("expected_version")
    fingerprint = request.POST.get("fingerprint", "")
    if (replaced := request.POST.get("replace")) and not request.htmx:
        # Autosave has shown a conflict, so pressing the button replaces what was saved elsewhere.
        version, _, fingerprint = replaced.partition(" ")
    editor.seen = parse_version(version)
    valid = editor.fill_in(request.POST).is_valid()
    # Autosave saves the valid answers; after a submission all of them must be valid.
    saved = (valid or editor.autosaved) and _try_save(editor, fingerprint)
    if saved and valid and "unsaved" in request.POST:
        unsaved.delete(market.user_id, request.path)
    if request.htmx:
        return _render_autosaved(editor, saved=saved)
    return _redirect_next(editor) if saved and valid else _render(editor)


def _try_save(editor: SectionEditor, fingerprint: str) -> bool:
    """Save the valid answers; return False if they were refused, which the form then says."""
    market = editor.market
    if not can_edit(editor.request.user.actor, market):
        editor.form.add_error(None, f"{market.reference} can no longer be edited.")
        return False
    try:
        return editor.save(fingerprint)
    except (InvalidDetails, InvalidTransition) as error:
        editor.form.add_error(None, str(error))
        return False


def _open(editor: SectionEditor) -> HttpResponse:
    """Show the stored answers, or those that could not be saved because the session had ended."""
    unsaved_form = unsaved.get(editor.market.user_id, editor.request.path)
    if unsaved_form:
        editor.fill_in(unsaved_form.data)
        fingerprint = unsaved_form.data.get("fingerprint")
        if editor.form.is_valid() and editor.fingerprint != fingerprint:
            editor.compare()
        return _render(editor, unsaved=unsaved_form, status=200)
    editor.fill_in(editor.form_class.as_stored(editor.market) if editor.checking else None)
    return _render(editor, status=200)


def _render(editor: SectionEditor, *, status: int | None = None, **context: Any) -> HttpResponse:
    context |= _context(editor)
    context["author_signature"] = unsaved.sign_author(editor.market.user_id, editor.request.path)
    error_status = 412 if editor.conflict is not None else 422
    return render(
        editor.request,
        "markets/applications/section.html",
        context,
        status=status or error_status,
    )


def _render_autosaved(editor: SectionEditor, *, saved: bool) -> HttpResponse:
    """Answer autosave with the parts of the page that it replaces."""
    context = _context(editor) | {"saved_at": clock.now() if saved else None}
    status = 412 if editor.conflict is not None else 200
    return render(editor.request, "markets/applications/_autosaved.html", context, status=status)


def _context(editor: SectionEditor) -> dict[str, Any]:
    return {
        "market": editor.market,
        "city": editor.city,
        "form": editor.form,
        "section": editor.form_class.section,
        "conflict": editor.conflict,
        "expected_version": editor.market.version,
        "fingerprint": editor.fingerprint,
        "autosaved": editor.autosaved,
        "checking": editor.checking,
    }


def _redirect_next(editor: SectionEditor) -> HttpResponse:
    market_id = editor.market.market_id
    if not editor.autosaved:
        if editor.changed:
            reference = editor.market.reference
            messages.success(editor.request, f"The changes to {reference} are submitted.")
        else:
            messages.info(editor.request, "Nothing was changed.")
        return redirect("markets:detail", market_id)
    if editor.checking:
        return redirect("markets:check_answers", market_id)
    following = section_after(editor.form_class.section)
    if editor.request.POST.get("action") == "list":
        return redirect("markets:task_list", market_id)
    name = f"markets:{following.slug}" if following else "markets:check_answers"
    return redirect(reverse(name, args=[market_id]))
