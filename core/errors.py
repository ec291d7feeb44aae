"""What can go wrong, in the field's own terms.

Operations raise these. Pages show them as a message or an error page, commands as
one line.
"""

from collections.abc import Mapping


class DomainError(Exception):
    """A request that Garage understood and refuses; `str()` is fit for people."""

    status = 400
    title = "This is not possible"
    retry_after: int | None = None  # seconds, where trying again may help


class NotFound(DomainError):
    """It does not exist, or this actor may not know about it."""

    status = 404
    title = "Not found"


class NotAllowed(DomainError):
    """The actor may know about it, but may not do this."""

    status = 403
    title = "Not allowed"


class InvalidTransition(DomainError):
    """The application's status does not allow the action."""

    status = 409
    title = "Not possible in this status"


class AlreadyExists(DomainError):
    """What was to be created exists already."""

    status = 409
    title = "Already done"


class VersionConflict(DomainError):
    """The item is no longer the version that the actor saw."""

    status = 412
    title = "Changed in the meantime"


class InvalidDetails(DomainError):
    """Invalid values: field name → message."""

    status = 422
    title = "Something needs correcting"

    def __init__(self, messages: Mapping[str, str]) -> None:
        super().__init__("; ".join(messages.values()))
        self.messages = dict(messages)


class Unavailable(DomainError):
    """A service that Garage depends on does not answer."""

    status = 503
    title = "Not available at the moment"
    retry_after = 5
