"""What the city hall's pages share: the door, the view that they are seen from, the way on."""

from typing import Any

from django.urls import reverse

from approvals.queue.assignments import NOBODY
from approvals.queue.filters import QueueFilter
from approvals.queue.forms import AssignForm
from approvals.queue.queries import next_in_queue, other_markets, queue_position
from core.actors import Actor
from identity.http import Request
from identity.officers.operations import colleagues_of
from markets.models import Market, MarketKey


def queue_of(request: Request) -> QueueFilter:
    """Return the view that a page is seen from; every page of the desk hands it on."""
    return QueueFilter.of(request.GET)


def queue_url(request: Request, city_slug: str) -> str:
    """Return the path to the view that a page is seen from."""
    return reverse("approvals:queue", args=[city_slug]) + queue_of(request).suffix


def review_url(request: Request, city_slug: str, key: MarketKey) -> str:
    """Return the path to a market's review, seen from the same view as this page."""
    return reverse("approvals:review", args=[city_slug, *key]) + queue_of(request).suffix


def next_review_url(request: Request, market: Market) -> str:
    """Return where to go once something was decided: to the view's next market, or its list.

    Made from what the view means, never from what a URL says.
    """
    following = next_in_queue(request.user.actor, queue_of(request), market)
    if following is None:
        return queue_url(request, market.city)
    return review_url(request, market.city, following)


def review_context(request: Request, market: Market) -> dict[str, Any]:
    """Return what a review shows around its market: its place in the view, its desk, others."""
    actor, queue = request.user.actor, queue_of(request)
    choices = assignee_choices(actor, market.city)
    if market.assignee and market.assignee not in dict(choices):
        choices.append((market.assignee, str(market.assignee_name)))
    here = {"expected_version": market.version, "assignee": market.assignee or NOBODY}
    return {
        "queue": queue,
        "place": queue_position(actor, queue, market),
        "other_markets": other_markets(actor, market),
        "assign_form": AssignForm(initial=here, choices=choices, auto_id="assign_%s"),
    }


def assignee_choices(actor: Actor, city_slug: str) -> list[tuple[str, str]]:
    """Return on whose desks a market of the city can be put."""
    others = [(each.sub, each.label) for each in colleagues_of(actor, city_slug)]
    return [(NOBODY, "Nobody"), (actor.id, "Me"), *others]
