"""The mail that invites an officer, in the language of their city.

Ours and not Cognito's: its invitation has one text for the whole pool, and so
one language for all cities.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloud.cognito_users import TEMPORARY_PASSWORD_DAYS

if TYPE_CHECKING:
    from cloud.account import Account


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What a language needs. `first` has the password; `again` is for who has one already."""

    subject: str
    greeting: str
    first: str
    again: str
    close: str


TEXTS = {
    "en": Texts(
        subject="You decide for {city}'s Christmas market",
        greeting="Good day {name},",
        first=(
            "{city} has invited you to decide on the applications for its Christmas market.\n\n"
            "Sign in here:\n{link}\n\n"
            "E-mail address: {email}\n"
            "Temporary password: {password}\n\n"
            "At the first sign-in you choose a password of your own. The temporary one holds for"
            " {days} days."
        ),
        again=(
            "From now on you decide on the applications for {city}'s Christmas market.\n\n"
            "Sign in here, with the password that you have:\n{link}\n\n"
            "If you are signed in, sign out first."
        ),
        close="You did not expect this? Then please ignore it and tell {contact}.",
    ),
    "de": Texts(
        subject="Sie entscheiden für den Weihnachtsmarkt: {city}",
        greeting="Guten Tag {name},",
        first=(
            "{city} lädt Sie ein, über die Bewerbungen für den Weihnachtsmarkt zu entscheiden.\n\n"
            "Melden Sie sich hier an:\n{link}\n\n"
            "E-Mail-Adresse: {email}\n"
            "Vorläufiges Passwort: {password}\n\n"
            "Bei der ersten Anmeldung wählen Sie ein eigenes Passwort. Das vorläufige gilt"
            " {days} Tage."
        ),
        again=(
            "Ab jetzt entscheiden Sie über die Bewerbungen für den Weihnachtsmarkt: {city}.\n\n"
            "Melden Sie sich hier mit Ihrem bisherigen Passwort an:\n{link}\n\n"
            "Wenn Sie angemeldet sind, melden Sie sich zuerst ab."
        ),
        close=(
            "Sie haben das nicht erwartet? Dann beachten Sie diese Nachricht nicht und sagen Sie es"
            " bitte {contact}."
        ),
    ),
    "ro": Texts(
        subject="Decideți pentru târgul de Crăciun: {city}",
        greeting="Bună ziua {name},",
        first=(
            "{city} vă invită să decideți asupra cererilor pentru târgul de Crăciun.\n\n"
            "Autentificați-vă aici:\n{link}\n\n"
            "Adresa de e-mail: {email}\n"
            "Parola temporară: {password}\n\n"
            "La prima autentificare vă alegeți propria parolă. Cea temporară este valabilă"
            " {days} zile."
        ),
        again=(
            "De acum decideți asupra cererilor pentru târgul de Crăciun: {city}.\n\n"
            "Autentificați-vă aici, cu parola pe care o aveți:\n{link}\n\n"
            "Dacă sunteți autentificat, deconectați-vă mai întâi."
        ),
        close=(
            "Nu vă așteptați la acest mesaj? Atunci nu îl luați în seamă și anunțați, vă rugăm,"
            " {contact}."
        ),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """Whom to write to, about which city. Without a `password` they have their own already."""

    email: str
    name: str
    city: str
    language: str
    contact: str
    link: str
    password: str = ""

    @property
    def subject(self) -> str:
        return self._texts.subject.format(city=self.city)

    @property
    def body(self) -> str:
        texts = self._texts
        parts = (texts.greeting, texts.first if self.password else texts.again, texts.close)
        return "\n\n".join(parts).format(**vars(self), days=TEMPORARY_PASSWORD_DAYS) + "\n"

    @property
    def _texts(self) -> Texts:
        return TEXTS.get(self.language, TEXTS["en"])


def send(account: "Account", sender: str, invitation: Invitation) -> None:
    """Send it by SES, which must know the sender; raises what boto3 raises."""
    account.ses.send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": [invitation.email]},
        ReplyToAddresses=[invitation.contact],
        Content={
            "Simple": {
                "Subject": {"Data": invitation.subject, "Charset": "UTF-8"},
                "Body": {"Text": {"Data": invitation.body, "Charset": "UTF-8"}},
            }
        },
    )
