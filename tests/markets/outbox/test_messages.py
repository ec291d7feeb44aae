"""The mails themselves: every decision in every language."""

import pytest

from core.actors import Actor
from markets.cities.models import City
from markets.details import LABELS
from markets.lifecycle import DECISIONS, Action
from markets.models import Language, ReasonCode
from markets.outbox.messages import DecisionMessage, Mail, compose
from markets.translations import FIELDS, JSON_NAMES, REASONS
from tests import factories

APPEAL = "Gegen diesen Bescheid kann binnen eines Monats Widerspruch erhoben werden."
TEXT = "Dear Ms Ionescu,\n\nwe liked your spoons & <candles>."

every_decision = pytest.mark.parametrize("action", sorted(DECISIONS))
every_language = pytest.mark.parametrize("language", Language)


@pytest.fixture(name="city")
def city_fixture() -> City:
    return factories.make_city(name="Câmpulung", appeal_notice=APPEAL)


def mail(maria: Actor, city: City, language: Language, action: Action, name: str) -> Mail:
    market = factories.submitted(maria, city, language=language.value, name=name)
    words = DecisionMessage(
        text=TEXT,
        reason_code=ReasonCode.NO_SPACE if action == Action.REJECT else None,
        requests=[("photos", "Please show the inside.")] if action == "request_changes" else [],
    )
    return compose(market, city, action, words)


@every_language
@every_decision
def test_a_mail_says_what_was_decided_on_what_and_whom_to_ask(
    maria: Actor, city: City, language: Language, action: Action
) -> None:
    made = mail(maria, city, language, action, "Wax & wood")
    assert made.language == language
    assert made.to == "merchant@example.com"
    assert "Wax & wood" in made.subject
    assert "TST-" in made.subject
    for part in ("Wax & wood", "Câmpulung", TEXT, "desk@example.com", "/markets/", "Test Crafts"):
        assert part in made.body
    # No gaps where something optional was left out, and nothing left of the template.
    assert "\n\n\n" not in made.body
    assert "{" not in made.body


@every_language
def test_a_rejection_gives_the_reason_and_the_appeal_notice(
    maria: Actor, city: City, language: Language
) -> None:
    body = mail(maria, city, language, Action.REJECT, "Wax").body
    assert REASONS[language][ReasonCode.NO_SPACE] in body
    assert body.index(TEXT) < body.index(APPEAL)
    assert APPEAL not in mail(maria, city, language, Action.APPROVE, "Wax").body


@every_language
def test_a_request_names_each_field_in_the_merchants_language(
    maria: Actor, city: City, language: Language
) -> None:
    body = mail(maria, city, language, Action.REQUEST_CHANGES, "Wax").body
    assert f"{FIELDS[language]['photos']}:\nPlease show the inside." in body


@every_decision
def test_without_words_a_mail_has_no_gap(maria: Actor, city: City, action: Action) -> None:
    market = factories.submitted(maria, city)
    assert "\n\n\n" not in compose(market, city, action, DecisionMessage()).body


def test_a_name_cannot_break_the_subject(maria: Actor, city: City) -> None:
    subject = mail(maria, city, Language.EN, Action.APPROVE, "Wax\r\nBcc: all@example.com").subject
    assert subject.startswith("Wax Bcc: all@example.com (TST-")
    assert "\n" not in subject


def test_every_language_has_every_word() -> None:
    for language in Language:
        assert FIELDS[language].keys() == LABELS.keys()
        assert REASONS[language].keys() == set(ReasonCode)
    assert JSON_NAMES["name"] == "marketName"
