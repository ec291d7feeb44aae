"""What can be wrong in the field's own terms.

Operations raise these; each door renders them its own way: pages as a message
or an error page, the API as a problem document, commands as one line.
"""

from collections.abc import Mapping


class DomainError(Exception):
    """A request that Garage understood and refuses; `str()` is fit for people."""

    status = 400
    title = "This cannot be done"


class NotFound(DomainError):
    """It is not there, or not for this actor to know about."""

    status = 404
    title = "Not found"


class NotAllowed(DomainError):
    """The actor may know about it, but not do this to it."""

    status = 403
    title = "Not allowed"


class InvalidTransition(DomainError):
    """The market's status does not allow the action."""

    status = 409
    title = "Not possible in this state"


class AlreadyExists(DomainError):
    """What was to be created is there already."""

    status = 409
    title = "Already there"


class VersionConflict(DomainError):
    """The record is no longer the version that its author saw."""

    status = 412
    title = "Changed in the meantime"


class InvalidDetails(DomainError):
    """Values that the field does not allow: field name → message."""

    status = 422
    title = "Something needs correcting"

    def __init__(self, messages: Mapping[str, str]) -> None:
        super().__init__("; ".join(messages.values()))
        self.messages = dict(messages)


class Unavailable(DomainError):
    """A service that Garage depends on does not answer."""

    status = 503
    title = "Not available at the moment"
