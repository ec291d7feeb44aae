"""Reply templates: what a city writes again and again, with placeholders for what differs."""

import re
from collections.abc import Mapping

from django.utils import translation
from django.utils.formats import date_format

from approvals.reply_templates.models import Occasion, ReplyTemplate
from core.actors import Actor
from core.dynamodb import transaction
from core.errors import AlreadyExists, InvalidDetails, NotFound, VersionConflict
from identity.permissions import require_reviewer
from markets.cities.models import City
from markets.models import Language, Market

TITLE_LENGTH = 80  # characters
TEXT_LENGTH = 3_000  # leaves room for what takes the placeholders' places

PLACEHOLDERS: Mapping[str, str] = {
    "market": "the market’s name",  # noqa: RUF001 - people read it
    "reference": "the application’s reference, such as BRV-7K3Q",  # noqa: RUF001
    "merchant": "the merchant’s legal name",  # noqa: RUF001
    "city": "the city’s name",  # noqa: RUF001
    "decide_by": "the day by which the city decides",
    "contact": "the e-mail address of the city’s desk",  # noqa: RUF001
}
# As mails write a day; Django's plain English is the American.
_DAY = {Language.EN: "j F Y", Language.DE: "j. F Y", Language.RO: "j E Y"}
_BRACES = re.compile(r"\{([^{}\n]*)\}")


def unknown_placeholders(text: str) -> list[str]:
    """Return what stands in braces and is no placeholder, in its order."""
    return [name for name in _BRACES.findall(text) if name not in PLACEHOLDERS]


def fill(text: str, market: Market, city: City) -> str:
    """Return a reply's text with the market's own data; the day is written in its language."""
    language = Language(market.language or Language.EN)
    with translation.override(language.value):
        decide_by = date_format(city.decides_by, _DAY[language])
    values = {
        "market": market.name,
        "reference": market.reference,
        "merchant": market.legal_name,
        "city": city.name,
        "decide_by": decide_by,
        "contact": city.contact,
    }
    # In one pass: braces in a market's name are its own.
    return _BRACES.sub(lambda found: str(values.get(found[1], found[0])), text)


def reply_templates_of(actor: Actor, city_slug: str) -> list[ReplyTemplate]:
    """Return the city's replies, by language, occasion and title; there are few."""
    require_reviewer(actor, city_slug)
    found = ReplyTemplate.query(city_slug, consistent_read=True)
    return sorted(found, key=lambda each: (each.language, each.action, each.title.casefold()))


def get_reply_template(actor: Actor, city_slug: str, key: str) -> ReplyTemplate:
    """Return a reply of a city that the actor decides for; else NotFound."""
    require_reviewer(actor, city_slug)
    try:
        return ReplyTemplate.get(city_slug, key, consistent_read=True)
    except ReplyTemplate.DoesNotExist:
        raise NotFound("There is no such reply.") from None


def add_reply_template(
    actor: Actor,
    city_slug: str,
    *,
    template_id: str,
    language: Language,
    title: str,
    occasion: Occasion,
    text: str,
) -> ReplyTemplate:
    """Keep a new reply under an id drawn beforehand; AlreadyExists if it is kept already."""
    require_reviewer(actor, city_slug)
    _check(title, text)
    reply = ReplyTemplate(
        city_slug,
        f"{language.value}#{template_id}",
        title=title,
        action=occasion.value,
        text=text,
    )
    with transaction() as write:
        write.save(reply, conflict=AlreadyExists("This reply is kept already."))
    return reply


def revise_reply_template(
    actor: Actor,
    city_slug: str,
    key: str,
    *,
    expected_version: int,
    title: str,
    occasion: Occasion,
    text: str,
) -> ReplyTemplate:
    """Change the version of a reply that the officer saw; VersionConflict if it is another."""
    _check(title, text)
    reply = _as_seen(actor, city_slug, key, expected_version)
    reply.title, reply.action, reply.text = title, occasion.value, text
    with transaction() as write:
        write.save(reply, conflict=_stale())
    return reply


def delete_reply_template(actor: Actor, city_slug: str, key: str, *, expected_version: int) -> None:
    """Delete the version of a reply that the officer saw; what was sent with it stays."""
    reply = _as_seen(actor, city_slug, key, expected_version)
    with transaction() as write:
        write.delete(reply, conflict=_stale())


def _as_seen(actor: Actor, city_slug: str, key: str, version: int) -> ReplyTemplate:
    reply = get_reply_template(actor, city_slug, key)
    if reply.version != version:
        raise _stale()
    return reply


def _stale() -> VersionConflict:
    return VersionConflict("This reply was changed by somebody else in the meantime.")


def _check(title: str, text: str) -> None:
    faults = {}
    if not 0 < len(title.strip()) <= TITLE_LENGTH:
        faults["title"] = f"The title has 1 to {TITLE_LENGTH} characters."
    if not 0 < len(text.strip()) <= TEXT_LENGTH:
        faults["text"] = f"The text has 1 to {TEXT_LENGTH} characters."
    elif unknown := unknown_placeholders(text):
        faults["text"] = no_placeholder(unknown)
    if faults:
        raise InvalidDetails(faults)


def no_placeholder(unknown: list[str]) -> str:
    """Say that these are none, and which there are."""
    named = ", ".join(f"{{{name}}}" for name in dict.fromkeys(unknown))
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    verb = "is no placeholder" if len(set(unknown)) == 1 else "are no placeholders"
    return f"{named} {verb}. There are {known}."
