"""Reply templates: texts that a city often sends, with placeholders for an application's data."""

import re
from collections.abc import Mapping

from django.utils import translation
from django.utils.formats import date_format

from approvals.reply_templates.models import Occasion, ReplyTemplate
from core.actors import Actor
from core.dynamodb import once, transaction
from core.errors import AlreadyExists, InvalidDetails, NotFound, VersionConflict
from identity.permissions import require_reviewer
from markets.cities.models import City
from markets.models import Language, Market

TITLE_LENGTH = 80  # characters
TEXT_LENGTH = 3_000  # shorter than a decision's text: values can be longer than their placeholders

PLACEHOLDERS: Mapping[str, str] = {
    "market": "the application’s name",  # noqa: RUF001 - people read it
    "reference": "the application’s reference, such as BRV-7K3Q",  # noqa: RUF001
    "merchant": "the merchant’s legal name",  # noqa: RUF001
    "city": "the city’s name",  # noqa: RUF001
    "decide_by": "the day by which the city decides",
    "contact": "the city’s e-mail address",  # noqa: RUF001
}
# The date format of mails; Django's "en" is American English.
_DATE_FORMAT = {Language.EN: "j F Y", Language.DE: "j. F Y", Language.RO: "j E Y"}
_BRACES = re.compile(r"\{([^{}\n]*)\}")


def unknown_placeholders(text: str) -> list[str]:
    """Return the names in braces that are not placeholders, in their order."""
    return [name for name in _BRACES.findall(text) if name not in PLACEHOLDERS]


def fill_placeholders(text: str, market: Market, city: City) -> str:
    """Return a template's text with the application's data; dates are in its language."""
    language = Language(market.language or Language.EN)
    with translation.override(language.value):
        decide_by = date_format(city.decides_by, _DATE_FORMAT[language])
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
    """Return all reply templates of the city, by language, occasion and title."""
    require_reviewer(actor, city_slug)
    found = ReplyTemplate.query(city_slug, consistent_read=True)
    return sorted(found, key=lambda each: (each.language, each.action, each.title.casefold()))


def get_reply_template(actor: Actor, city_slug: str, key: str) -> ReplyTemplate:
    """Return a reply template of a city that the actor decides for; else NotFound."""
    require_reviewer(actor, city_slug)
    try:
        return ReplyTemplate.get(city_slug, key, consistent_read=True)
    except ReplyTemplate.DoesNotExist:
        raise NotFound("There is no such reply template.") from None


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
    """Save a template under an id that its form had, once if that is sent twice.

    Raises AlreadyExists if the form was sent before with other values.
    """
    require_reviewer(actor, city_slug)
    _check(title, text)
    template = ReplyTemplate(
        city_slug,
        f"{language.value}#{template_id}",
        title=title,
        action=occasion.value,
        text=text,
    )

    def add() -> ReplyTemplate:
        conflict = AlreadyExists(
            "This reply template was saved already, with another text. Send it again to save"
            " this one as a second template."
        )
        with transaction() as write:
            write.save(template, conflict=conflict)
        return template

    return once(add, lambda: _find_same(actor, template, version=1))


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
    """Change the version that the officer saw; VersionConflict if there is a newer one."""
    _check(title, text)
    sent = ReplyTemplate(city_slug, key, title=title, action=occasion.value, text=text)

    def revise() -> ReplyTemplate:
        template = _load_version(actor, city_slug, key, expected_version)
        template.title, template.action, template.text = sent.title, sent.action, sent.text
        with transaction() as write:
            write.save(template, conflict=_stale())
        return template

    return once(revise, lambda: _find_same(actor, sent, version=expected_version + 1))


def delete_reply_template(
    actor: Actor, city_slug: str, key: str, *, expected_version: int
) -> ReplyTemplate:
    """Delete the version that the officer saw and return it; sent messages keep their text."""
    template = _load_version(actor, city_slug, key, expected_version)

    def delete() -> ReplyTemplate:
        with transaction() as write:
            write.delete(template, conflict=_stale())
        return template

    def done() -> ReplyTemplate | None:
        try:
            get_reply_template(actor, city_slug, key)
        except NotFound:
            return template
        return None

    return once(delete, done)


def _find_same(actor: Actor, sent: ReplyTemplate, *, version: int) -> ReplyTemplate | None:
    """Return the stored template if it has this version and the values of `sent`."""
    try:
        stored = get_reply_template(actor, sent.city, sent.key)
    except NotFound:
        return None
    names = ("version", "title", "action", "text")
    values = (version, sent.title, sent.action, sent.text)
    return stored if tuple(getattr(stored, name) for name in names) == values else None


def _load_version(actor: Actor, city_slug: str, key: str, version: int) -> ReplyTemplate:
    template = get_reply_template(actor, city_slug, key)
    if template.version != version:
        raise _stale()
    return template


def _stale() -> VersionConflict:
    return VersionConflict("This reply template was changed in the meantime.")


def _check(title: str, text: str) -> None:
    faults = {}
    if not 0 < len(title.strip()) <= TITLE_LENGTH:
        faults["title"] = f"The title must have 1 to {TITLE_LENGTH} characters."
    if not 0 < len(text.strip()) <= TEXT_LENGTH:
        faults["text"] = f"The text must have 1 to {TEXT_LENGTH} characters."
    elif unknown := unknown_placeholders(text):
        faults["text"] = placeholder_error(unknown)
    if faults:
        raise InvalidDetails(faults)


def placeholder_error(unknown: list[str]) -> str:
    """Return the message that names what is not a placeholder, and all placeholders."""
    named = ", ".join(f"{{{name}}}" for name in dict.fromkeys(unknown))
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    verb = "is not a placeholder" if len(set(unknown)) == 1 else "are not placeholders"
    return f"{named} {verb}. The placeholders are {known}."
