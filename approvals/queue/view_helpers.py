"""What the city hall's pages share: the filter of the queue that they keep in their URLs."""

from typing import Any

from django.urls import reverse

from approvals.queue.assignments import UNASSIGNED
from approvals.queue.filters import QueueFilter
from approvals.queue.forms import AssignForm
from approvals.queue.queries import next_in_queue, other_applications, queue_position
from core.actors import Actor
from core.dynamodb import as_domain_error
from identity.http import Request
from identity.officers.operations import colleagues_of
from markets.models import Market, MarketKey


def queue_of(request: Request) -> QueueFilter:
    """Return the filter in the page's URL."""
    return QueueFilter.of(request.GET)


def queue_url(request: Request, city_slug: str) -> str:
    """Return the path of the queue, with this page's filter."""
    return reverse("approvals:queue", args=[city_slug]) + queue_of(request).suffix


def review_url(request: Request, city_slug: str, key: MarketKey) -> str:
    """Return the path of an application's review, with this page's filter."""
    return reverse("approvals:review", args=[city_slug, *key]) + queue_of(request).suffix


def next_review_url(request: Request, market: Market) -> str:
    """Return the path of the review that follows a decided application, or of the queue.

    Built from the parsed filter, so that a URL from elsewhere cannot lead off the site.
    The queue also if DynamoDB does not answer: the decision is made, and nothing may say
    that it should be tried again.
    """
    try:
        following = next_in_queue(request.user.actor, queue_of(request), market)
    except Exception as fault:
        if not as_domain_error(fault):
            raise
        following = None
    if following is None:
        return queue_url(request, market.city)
    return review_url(request, market.city, following)


def review_context(request: Request, market: Market) -> dict[str, Any]:
    """Return what a review shows of the queue: position, assignee, the merchant's others."""
    actor, queue = request.user.actor, queue_of(request)
    choices = assignee_choices(actor, market.city)
    if market.assignee and market.assignee not in dict(choices):
        choices.append((market.assignee, str(market.assignee_name)))
    current = {"expected_version": market.version, "assignee": market.assignee or UNASSIGNED}
    return {
        "queue": queue,
        "position": queue_position(actor, queue, market),
        "other_applications": other_applications(actor, market),
        "assign_form": AssignForm(initial=current, choices=choices, auto_id="assign_%s"),
    }


def assignee_choices(actor: Actor, city_slug: str) -> list[tuple[str, str]]:
    """Return the officers to whom an application of the city can be assigned, for a form."""
    colleagues = [(each.sub, each.label) for each in colleagues_of(actor, city_slug)]
    return [(UNASSIGNED, "Nobody"), (actor.id, "Me"), *colleagues]
