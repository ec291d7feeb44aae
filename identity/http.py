"""The type of the request that views receive."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from identity.models import User, Visitor


class Request(HttpRequest):
    """A request as AuthenticationMiddleware leaves it: its user has an `actor`."""

    user: User | Visitor
    htmx: HtmxDetails
