"""The mails themselves: every decision in every language."""

import pytest
from django.conf import settings
from django.utils.translation import gettext, override

from core.actors import Actor
from markets.cities.models import City
from markets.details import JSON_NAMES, LABELS
from markets.lifecycle import DECISIONS, Action
from markets.models import Language, ReasonCode
from markets.outbox.messages import DecisionMessage, Mail, compose
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
    decision = DecisionMessage(
        text=TEXT,
        reason_code=ReasonCode.NO_SPACE if action == Action.REJECT else None,
        requests=[("photos", "Please show the inside.")] if action == "request_changes" else [],
    )
    return compose(market, city, action, decision)


def translated(text: str, language: Language) -> str:
    with override(language.value):
        return gettext(text)


@every_language
@every_decision
def test_mail_contains_decision_application_and_contact(
    maria: Actor, city: City, language: Language, action: Action
) -> None:
    made = mail(maria, city, language, action, "Wax & wood")
    assert made.language == language
    assert made.to == "merchant@example.com"
    assert "Wax & wood" in made.subject
    assert "TST-" in made.subject
    for part in ("Wax & wood", "Câmpulung", TEXT, "office@example.com", "/markets/", "Test Crafts"):
        assert part in made.body
    # No gaps where something optional was left out, and nothing left of the template.
    assert "\n\n\n" not in made.body
    assert "{" not in made.body


@every_language
def test_rejection_mail_has_reason_and_appeal_notice(
    maria: Actor, city: City, language: Language
) -> None:
    body = mail(maria, city, language, Action.REJECT, "Wax").body
    assert translated(ReasonCode.NO_SPACE.label, language) in body
    assert body.index(TEXT) < body.index(APPEAL)
    assert APPEAL not in mail(maria, city, language, Action.APPROVE, "Wax").body


@every_language
def test_change_request_mail_names_fields_in_merchant_language(
    maria: Actor, city: City, language: Language
) -> None:
    body = mail(maria, city, language, Action.REQUEST_CHANGES, "Wax").body
    assert f"{translated(LABELS['photos'], language)}:\nPlease show the inside." in body


@every_decision
def test_mail_without_text_has_no_empty_paragraph(maria: Actor, city: City, action: Action) -> None:
    market = factories.submitted(maria, city)
    assert "\n\n\n" not in compose(market, city, action, DecisionMessage()).body


def test_line_break_in_name_is_removed_from_subject(maria: Actor, city: City) -> None:
    subject = mail(maria, city, Language.EN, Action.APPROVE, "Wax\r\nBcc: all@example.com").subject
    assert subject.startswith("Wax Bcc: all@example.com (TST-")
    assert "\n" not in subject


def test_mail_is_completely_in_one_language(maria: Actor, city: City) -> None:
    """Compared completely, since the parts come from several templates and a catalogue."""
    market = factories.submitted(maria, city, language="de", name="Wachs")
    decision = DecisionMessage(text=TEXT, reason_code=ReasonCode.NO_SPACE)
    made = compose(market, city, Action.REJECT, decision)
    assert made.subject == f"Wachs ({market.reference}): Entscheidung der Stadt"
    assert made.body == (
        "Guten Tag Test Crafts Ltd,\n\n"
        f"die Stadtverwaltung Câmpulung hat über Ihre Bewerbung {market.reference}, „Wachs“,"
        " entschieden. Wir können ihr leider keinen Platz geben.\n\n"
        f"Grund: In dieser Kategorie ist kein Platz mehr frei.\n\n{TEXT}\n\n{APPEAL}\n\n"
        f"Ihre Bewerbung: {settings.SITE_ORIGIN}/markets/{market.market_id}/\n"
        "Fragen: office@example.com\n\n"
        "Mit freundlichen Grüßen\nStadtverwaltung Câmpulung\n"
    )


def test_every_field_has_a_json_name() -> None:
    assert JSON_NAMES["name"] == "marketName"
    assert JSON_NAMES.keys() == LABELS.keys()
