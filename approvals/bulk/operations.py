"""Doing one thing to many markets: each by the same operation, on the version that was seen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from approvals.queue.assignments import assign_market
from approvals.queue.filters import QueueFilter
from approvals.queue.queries import page_of_queue
from approvals.queue.selection import MOST, BulkAction, Pick
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

    pick: Pick
    market: Market | None  # None: there is no such application, for this officer
    happens: bool
    words: str


def picks_of_view(actor: Actor, city_slug: str, queue: QueueFilter) -> tuple[list[Pick], bool]:
    """Return the first MOST markets of a view, and whether there are more."""
    page = page_of_queue(actor, city_slug, queue, size=MOST)
    return [Pick.of(market) for market in page.items], page.next_cursor is not None


def foresee(
    actor: Actor, city_slug: str, picks: Iterable[Pick], action: BulkAction
) -> list[Outcome]:
    """Tell what `carry_out` would do now, from consistent reads; it changes nothing."""
    require_reviewer(actor, city_slug)
    picks = list(picks)
    found = _read(city_slug, picks)
    return [_foreseen(pick, found.get(pick.key), action) for pick in picks]


def _foreseen(pick: Pick, market: Market | None, action: BulkAction) -> Outcome:
    if market is None:
        happens, words = False, "There is no such application."
    elif market.version != pick.version:
        happens, words = False, "It changed since you saw the list."
    elif action != BulkAction.ASSIGN and not allows(market.status, Action(action.value)):
        happens, words = False, f"Not possible: it is “{market.status_label.lower()}”."
    else:
        happens = True
        words = {
            BulkAction.APPROVE: "Will be approved and published",
            BulkAction.REJECT: "Will be rejected",
            BulkAction.ASSIGN: "Will change desks",
        }[action]
    return Outcome(pick=pick, market=market, happens=happens, words=words)


def approve_all(actor: Actor, city_slug: str, picks: Iterable[Pick]) -> list[Outcome]:
    def approve(pick: Pick) -> Market:
        return approve_market(actor, city_slug, pick.key, expected_version=pick.version)

    return _carry_out(actor, city_slug, picks, approve, "Approved", Status.APPROVED)


def reject_all(
    actor: Actor, city_slug: str, picks: Iterable[Pick], *, reason_code: ReasonCode, text: str
) -> list[Outcome]:
    """Reject all for one reason and with one text."""

    def reject(pick: Pick) -> Market:
        return reject_market(
            actor,
            city_slug,
            pick.key,
            expected_version=pick.version,
            reason_code=reason_code,
            text=text,
        )

    return _carry_out(actor, city_slug, picks, reject, "Rejected", Status.REJECTED)


def assign_all(
    actor: Actor, city_slug: str, picks: Iterable[Pick], *, assignee: str
) -> list[Outcome]:
    def assign(pick: Pick) -> Market:
        return assign_market(
            actor, city_slug, pick.key, expected_version=pick.version, assignee=assignee
        )

    return _carry_out(actor, city_slug, picks, assign, "On the desk you chose")


def _carry_out(
    actor: Actor,
    city_slug: str,
    picks: Iterable[Pick],
    act: Callable[[Pick], Market],
    done: str,
    decided: Status | None = None,
) -> list[Outcome]:
    """Act on each by itself: what one is refused for stops no other.

    `decided` is the status that a decision leads to, None for what is none.
    """
    require_reviewer(actor, city_slug)
    picks = list(picks)[:MOST]
    seen = _read(city_slug, picks)
    outcomes = []
    for pick in picks:
        market: Market | None
        try:
            market, happens, words = act(pick), True, done
        except DomainError as refusal:
            market, happens, words = seen.get(pick.key), False, str(refusal)
            if isinstance(refusal, VersionConflict):
                # Sent a second time, as by reloading the results: nothing new, nothing wrong.
                happens = market is not None and _has_been_done(actor, pick, market, decided)
                words = f"{done} already, by you" if happens else "It changed meanwhile."
        except Exception as fault:
            if not (known := as_domain_error(fault)):
                raise
            market, happens, words = seen.get(pick.key), False, str(known)
        outcomes.append(Outcome(pick=pick, market=market, happens=happens, words=words))
    return outcomes


def _has_been_done(actor: Actor, pick: Pick, market: Market, decided: Status | None) -> bool:
    """Whether the very next version was this officer's decision, and the same one."""
    last = market.status, market.version, market.decided_by
    return last == (decided, pick.version + 1, actor.id)


def _read(city_slug: str, picks: list[Pick]) -> dict[MarketKey, Market]:
    """Return those of the markets that are the city's, with what a list shows of them."""
    shown = ["city", "version", "reference", "marketName", "category", "status", "decidedBy"]
    found = Market.batch_get(
        [pick.key for pick in picks],
        consistent_read=True,
        attributes_to_get=["userId", "marketId", *shown],
    )
    return {
        market.key: market
        for market in found
        if market.city == city_slug and market.status != Status.DRAFT
    }
