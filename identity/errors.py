"""How a sign-in can fail, explained to the person who tried."""

from core.errors import Unavailable


class SignInUnavailable(Unavailable):
    """Cognito does not answer, or has a fault of its own."""

    retry_after = 30

    def __init__(self) -> None:
        super().__init__(
            "The sign-in service does not answer at the moment. Please try again in a few minutes."
        )


class SignInFailed(Exception):
    """A sign-in that failed: a heading, what happened, and what to do about it.

    `cause` is for the log: it names the fault, and no person.
    """

    def __init__(self, title: str, happened: str, advice: str, *, cause: str) -> None:
        super().__init__(cause)
        self.title = title
        self.happened = happened
        self.advice = advice
        self.cause = cause

    @classmethod
    def cancelled(cls) -> "SignInFailed":
        return cls(
            "You have not signed in",
            "The sign-in was cancelled, or the permission that it needs was not given.",
            "Nothing was saved. Sign in again when you are ready; "
            "you can also use an e-mail address and a password instead of Facebook.",
            cause="cancelled",
        )

    @classmethod
    def refused(cls, error: str) -> "SignInFailed":
        return cls(
            "We could not sign you in",
            "The sign-in service refused the sign-in.",
            "Please try again. If it happens again, use an e-mail address and a password, "
            "or write to your city's contact address.",
            cause=f"refused: {error}",
        )

    @classmethod
    def unexpected(cls, cause: str) -> "SignInFailed":
        return cls(
            "This sign-in cannot be continued",
            "It was used already, took too long, or was begun in another browser or window.",
            "Start again from here, and finish in this browser.",
            cause=cause,
        )

    @classmethod
    def unproven(cls, cause: str) -> "SignInFailed":
        return cls(
            "We could not sign you in",
            "The sign-in service's answer did not prove who you are, so we did not accept it.",
            "Please try again. If it happens again, check that your device's date and network "
            "are right, or write to your city's contact address.",
            cause=cause,
        )

    @classmethod
    def no_city(cls) -> "SignInFailed":
        return cls(
            "This account decides for no city",
            "You used the sign-in for city halls, but this account belongs to no city hall.",
            "Merchants have a sign-in of their own. If you work for a city hall, use the account "
            "that you were invited with, or ask the person who invited you.",
            cause="no city",
        )
