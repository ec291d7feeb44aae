"""Bulk actions: the operations for one application, on each of those selected."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from approvals.queue.assignments import assign_market
from approvals.queue.filters import QueueFilter
from approvals.queue.queries import page_of_queue
from approvals.queue.selection import MAX_SELECTED, BulkAction, SelectedMarket
from approvals.review.operations import approve_market, reject_market
from core.actors import Actor
from core.dynamodb import as_domain_error
from core.errors import DomainError, VersionConflict
from identity.permissions import require_reviewer
from markets.lifecycle import Action, allows
from markets.models import Market, MarketKey, ReasonCode, Status

PREVIEW_MESSAGES = {
    BulkAction.APPROVE: "Will be approved and published",
    BulkAction.REJECT: "Will be rejected",
    BulkAction.ASSIGN: "Will be assigned",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an action will do to an application, or has done; `message` says it, or why not."""

    selected: SelectedMarket
    market: Market | None  # None: there is no such application for this officer
    succeeded: bool
    message: str


def select_list(
    actor: Actor, city_slug: str, queue: QueueFilter
) -> tuple[list[SelectedMarket], bool]:
    """Return the first MAX_SELECTED applications of a view, and whether there are more."""
    page = page_of_queue(actor, city_slug, queue, size=MAX_SELECTED)
    return [SelectedMarket.of(market) for market in page.items], page.next_cursor is not None


def preview_bulk(
    actor: Actor, city_slug: str, selection: Iterable[SelectedMarket], action: BulkAction
) -> list[Outcome]:
    """Return what the action would do now, by consistent reads. Changes nothing."""
    require_reviewer(actor, city_slug)
    selection = list(selection)
    found = _read(city_slug, selection)
    return [_preview(selected, found.get(selected.key), action) for selected in selection]


def _preview(selected: SelectedMarket, market: Market | None, action: BulkAction) -> Outcome:
    succeeded = False
    if market is None:
        message = "There is no such application."
    elif market.version != selected.version:
        message = "It changed since you saw the list."
    elif action != BulkAction.ASSIGN and not allows(market.status, Action(action.value)):
        message = f"Not possible: it is “{market.status_label.lower()}”."
    else:
        succeeded, message = True, PREVIEW_MESSAGES[action]
    return Outcome(selected=selected, market=market, succeeded=succeeded, message=message)


def approve_all(actor: Actor, city_slug: str, selection: Iterable[SelectedMarket]) -> list[Outcome]:
    def approve(selected: SelectedMarket) -> Market:
        return approve_market(actor, city_slug, selected.key, expected_version=selected.version)

    return _apply(actor, city_slug, selection, approve, "Approved")


def reject_all(
    actor: Actor,
    city_slug: str,
    selection: Iterable[SelectedMarket],
    *,
    reason_code: ReasonCode,
    text: str,
) -> list[Outcome]:
    """Reject all for one reason and with one text."""

    def reject(selected: SelectedMarket) -> Market:
        return reject_market(
            actor,
            city_slug,
            selected.key,
            expected_version=selected.version,
            reason_code=reason_code,
            text=text,
        )

    return _apply(actor, city_slug, selection, reject, "Rejected")


def assign_all(
    actor: Actor, city_slug: str, selection: Iterable[SelectedMarket], *, assignee: str
) -> list[Outcome]:
    def assign(selected: SelectedMarket) -> Market:
        return assign_market(
            actor, city_slug, selected.key, expected_version=selected.version, assignee=assignee
        )

    return _apply(actor, city_slug, selection, assign, "Assigned")


def _apply(
    actor: Actor,
    city_slug: str,
    selection: Iterable[SelectedMarket],
    operation: Callable[[SelectedMarket], Market],
    success: str,
) -> list[Outcome]:
    """Run `operation` on each by itself: a refusal of one does not stop the others.

    `success` is the message for those done, also if the form was sent before, for
    example by a reload of the results.
    """
    require_reviewer(actor, city_slug)
    selection = list(selection)[:MAX_SELECTED]
    done: dict[SelectedMarket, Market] = {}
    refusals: dict[SelectedMarket, DomainError] = {}
    for selected in selection:
        try:
            done[selected] = operation(selected)
        except DomainError as refusal:
            refusals[selected] = refusal
        except Exception as fault:
            if not (known := as_domain_error(fault)):
                raise
            refusals[selected] = known
    current = _read_refused(city_slug, refusals)
    outcomes = []
    for selected in selection:
        market, succeeded, message = done.get(selected), True, success
        if market is None:
            error = refusals[selected]
            market, succeeded, message = current.get(selected.key), False, str(error)
            if isinstance(error, VersionConflict):
                message = "It changed meanwhile."
        outcomes.append(
            Outcome(selected=selected, market=market, succeeded=succeeded, message=message)
        )
    return outcomes


def _read_refused(city_slug: str, refused: Iterable[SelectedMarket]) -> dict[MarketKey, Market]:
    """Return what `_read` does; nothing while DynamoDB does not answer.

    The other outcomes have to be shown in any case.
    """
    try:
        return _read(city_slug, refused)
    except Exception as fault:
        if not as_domain_error(fault):
            raise
        return {}


def _read(city_slug: str, selection: Iterable[SelectedMarket]) -> dict[MarketKey, Market]:
    """Return those of the applications that are the city's, with the attributes of a list."""
    attributes = ["city", "version", "reference", "marketName", "category", "status", "decidedBy"]
    found = Market.batch_get(
        [selected.key for selected in selection],
        consistent_read=True,
        attributes_to_get=["userId", "marketId", *attributes],
    )
    return {
        market.key: market
        for market in found
        if market.city == city_slug and market.status != Status.DRAFT
    }
