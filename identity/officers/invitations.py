"""The mail that invites an officer, in the language of their city.

Not Cognito's own invitation: that has one text, and so one language, for the whole pool.
"""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from identity.app_clients import OFFICERS

TEMPORARY_PASSWORD_DAYS = 7  # as in the user pool (infra/stack.yaml)


@dataclass(frozen=True, kw_only=True)
class InvitingCity:
    """The city that an officer is invited by. `language` is an ISO 639-1 code."""

    slug: str
    name: str
    language: str
    contact: str


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """An invitation. `password` is empty if the officer has a password already."""

    email: str
    name: str
    city: InvitingCity
    password: str = ""

    def render(self) -> tuple[str, str]:
        """Return subject and body; English for a language without translations."""
        with override(self.city.language):
            mail = render_to_string(
                "mail/officer_invited.txt",
                {
                    **vars(self),
                    "days": TEMPORARY_PASSWORD_DAYS,
                    "link": settings.SITE_ORIGIN + reverse(OFFICERS.sign_in),
                },
            )
        subject, _, body = mail.partition("\n\n")
        return subject.removeprefix("Subject: "), body.strip() + "\n"

    def send(self) -> None:
        """Send it now; raises the exceptions of the mailer."""
        from django.core.mail import EmailMessage, mailers

        subject, body = self.render()
        mail = EmailMessage(subject, body, to=[self.email], reply_to=[self.city.contact])
        mailers.default.send_messages([mail])
