"""Doing one thing to many markets: each by the same operation, on the version that was seen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from approvals.queue.assignments import assign_market
from approvals.queue.filters import QueueFilter
from approvals.queue.queries import page_of_queue
from approvals.queue.selection import MOST, BulkAction, SelectedMarket
from approvals.review.operations import approve_market, reject_market
from core.actors import Actor
from core.dynamodb import as_domain_error
from core.errors import DomainError, VersionConflict
from identity.permissions import require_reviewer
from markets.lifecycle import Action, allows
from markets.models import Market, MarketKey, ReasonCode, Status


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What will happen, or has happened, to a market; `words` say why if nothing."""

    selected: SelectedMarket
    market: Market | None  # None: there is no such application, for this officer
    succeeded: bool
    words: str


def select_view(
    actor: Actor, city_slug: str, queue: QueueFilter
) -> tuple[list[SelectedMarket], bool]:
    """Return the first MOST markets of a view, and whether there are more."""
    page = page_of_queue(actor, city_slug, queue, size=MOST)
    return [SelectedMarket.of(market) for market in page.items], page.next_cursor is not None


def preview_bulk(
    actor: Actor, city_slug: str, selection: Iterable[SelectedMarket], action: BulkAction
) -> list[Outcome]:
    """Tell what `carry_out` would do now, from consistent reads; it changes nothing."""
    require_reviewer(actor, city_slug)
    selection = list(selection)
    found = _read(city_slug, selection)
    return [_foreseen(selected, found.get(selected.key), action) for selected in selection]


def _foreseen(selected: SelectedMarket, market: Market | None, action: BulkAction) -> Outcome:
    if market is None:
        succeeded, words = False, "There is no such application."
    elif market.version != selected.version:
        succeeded, words = False, "It changed since you saw the list."
    elif action != BulkAction.ASSIGN and not allows(market.status, Action(action.value)):
        succeeded, words = False, f"Not possible: it is “{market.status_label.lower()}”."
    else:
        succeeded = True
        words = {
            BulkAction.APPROVE: "Will be approved and published",
            BulkAction.REJECT: "Will be rejected",
            BulkAction.ASSIGN: "Will change desks",
        }[action]
    return Outcome(selected=selected, market=market, succeeded=succeeded, words=words)


def approve_all(actor: Actor, city_slug: str, selection: Iterable[SelectedMarket]) -> list[Outcome]:
    def approve(selected: SelectedMarket) -> Market:
        return approve_market(actor, city_slug, selected.key, expected_version=selected.version)

    return _carry_out(actor, city_slug, selection, approve, "Approved", Status.APPROVED)


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

    return _carry_out(actor, city_slug, selection, reject, "Rejected", Status.REJECTED)


def assign_all(
    actor: Actor, city_slug: str, selection: Iterable[SelectedMarket], *, assignee: str
) -> list[Outcome]:
    def assign(selected: SelectedMarket) -> Market:
        return assign_market(
            actor, city_slug, selected.key, expected_version=selected.version, assignee=assignee
        )

    return _carry_out(actor, city_slug, selection, assign, "On the desk you chose")


def _carry_out(
    actor: Actor,
    city_slug: str,
    selection: Iterable[SelectedMarket],
    act: Callable[[SelectedMarket], Market],
    done: str,
    decided: Status | None = None,
) -> list[Outcome]:
    """Act on each by itself: what one is refused for stops no other.

    `decided` is the status that a decision leads to, None for what is none.
    """
    require_reviewer(actor, city_slug)
    selection = list(selection)[:MOST]
    seen = _read(city_slug, selection)
    outcomes = []
    for selected in selection:
        market: Market | None
        try:
            market, succeeded, words = act(selected), True, done
        except DomainError as refusal:
            market, succeeded, words = seen.get(selected.key), False, str(refusal)
            if isinstance(refusal, VersionConflict):
                # Sent a second time, as by reloading the results: nothing new, nothing wrong.
                succeeded = market is not None and _has_been_done(actor, selected, market, decided)
                words = f"{done} already, by you" if succeeded else "It changed meanwhile."
        except Exception as fault:
            if not (known := as_domain_error(fault)):
                raise
            market, succeeded, words = seen.get(selected.key), False, str(known)
        outcomes.append(Outcome(selected=selected, market=market, succeeded=succeeded, words=words))
    return outcomes


def _has_been_done(
    actor: Actor, selected: SelectedMarket, market: Market, decided: Status | None
) -> bool:
    """Whether the very next version was this officer's decision, and the same one."""
    last = market.status, market.version, market.decided_by
    return last == (decided, selected.version + 1, actor.id)


def _read(city_slug: str, selection: list[SelectedMarket]) -> dict[MarketKey, Market]:
    """Return those of the markets that are the city's, with what a list shows of them."""
    shown = ["city", "version", "reference", "marketName", "category", "status", "decidedBy"]
    found = Market.batch_get(
        [selected.key for selected in selection],
        consistent_read=True,
        attributes_to_get=["userId", "marketId", *shown],
    )
    return {
        market.key: market
        for market in found
        if market.city == city_slug and market.status != Status.DRAFT
    }
