"""Reply templates: their placeholders, operations and pages."""

from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from approvals.reply_templates.models import Occasion, ReplyTemplate
from approvals.reply_templates.operations import (
    delete_reply_template,
    fill_placeholders,
    get_reply_template,
    reply_templates_of,
    revise_reply_template,
    unknown_placeholders,
)
from core.actors import Actor
from core.errors import AlreadyExists, InvalidDetails, NotFound, VersionConflict
from markets.cities.models import City
from markets.models import Language
from tests import factories
from tests.clients import sign_in


@pytest.fixture(name="actor")
def actor_fixture(city: City) -> Actor:
    return factories.officer(city.slug)


def revise(actor: Actor, city: City, template: ReplyTemplate, version: int) -> None:
    revise_reply_template(
        actor,
        city.slug,
        template.key,
        expected_version=version,
        title="Other",
        occasion=Occasion.APPROVE,
        text="Other",
    )


def delete(actor: Actor, city: City, template: ReplyTemplate, version: int) -> None:
    delete_reply_template(actor, city.slug, template.key, expected_version=version)


Write = Callable[[Actor, City, ReplyTemplate, int], None]
writes = pytest.mark.parametrize("write", [revise, delete])


# Placeholders


@pytest.mark.parametrize(
    ("language", "day"),
    [("en", "24 December 2026"), ("de", "24. Dezember 2026"), ("ro", "24 Decembrie 2026")],
)
def test_placeholders_are_replaced_with_application_data(
    maria: Actor, language: str, day: str
) -> None:
    city = factories.make_city(decide_by="2026-12-24", closes="2026-12-01", opens="2026-08-01")
    market = factories.submitted(maria, city, name="Wax {city}", language=language)
    text = "{market} | {reference} | {merchant} | {city} | {decide_by} | {contact} | {other} {}"
    assert fill_placeholders(text, market, city) == (
        f"Wax {{city}} | {market.reference} | Test Crafts Ltd | {city.name} | {day}"
        " | office@example.com | {other} {}"
    )


def test_unknown_placeholders_are_listed() -> None:
    assert unknown_placeholders("{market} and {city}, {decide_by}; { market }, {Market}, {}") == [
        " market ",
        "Market",
        "",
    ]


# Operations


def test_templates_are_sorted_by_language_and_title(actor: Actor, city: City) -> None:
    for language, title in ((Language.RO, "Nu"), (Language.EN, "b"), (Language.EN, "A")):
        factories.reply_template(actor, city, language=language, title=title)
    assert [template.title for template in reply_templates_of(actor, city.slug)] == ["A", "b", "Nu"]


@pytest.mark.parametrize(
    "fault",
    [{"title": ""}, {"title": "x" * 81}, {"text": " "}, {"text": "x" * 3_001}, {"text": "{mrket}"}],
)
def test_invalid_template_is_not_saved(actor: Actor, city: City, fault: dict[str, str]) -> None:
    with pytest.raises(InvalidDetails):
        factories.reply_template(actor, city, **fault)
    assert reply_templates_of(actor, city.slug) == []


def test_repeated_add_saves_one_template(actor: Actor, city: City) -> None:
    template_id = str(uuid4())
    for _ in range(2):
        factories.reply_template(actor, city, template_id=template_id)
    with pytest.raises(AlreadyExists, match="another text"):
        factories.reply_template(actor, city, template_id=template_id, text="No.")
    assert [each.version for each in reply_templates_of(actor, city.slug)] == [1]


@writes
def test_only_officers_of_city_change_templates(
    actor: Actor, city: City, maria: Actor, write: Write
) -> None:
    template = factories.reply_template(actor, city)
    for other in (
        factories.officer(factories.make_city().slug),
        maria,
        factories.OPERATOR,
        Actor.visitor(),
    ):
        with pytest.raises(NotFound):
            write(other, city, template, 1)
        with pytest.raises(NotFound):
            factories.reply_template(other, city)
        with pytest.raises(NotFound):
            reply_templates_of(other, city.slug)
    assert get_reply_template(actor, city.slug, template.key).version == 1


@writes
def test_stale_version_is_refused(actor: Actor, city: City, write: Write) -> None:
    template = factories.reply_template(actor, city)
    values: dict[str, Any] = {"title": "Other", "occasion": Occasion.REJECT, "text": "Other."}
    revise_reply_template(actor, city.slug, template.key, expected_version=1, **values)
    with pytest.raises(VersionConflict):
        write(actor, city, template, 1)
    assert get_reply_template(actor, city.slug, template.key).version == 2


# Pages


def form(**values: str) -> dict[str, str]:
    return {
        "template_id": str(uuid4()),
        "language": "de",
        "occasion": "reject",
        "title": "Kein Platz",
        "text": "Guten Tag {merchant}, es ist kein Platz mehr.",
    } | values


def test_templates_are_added_changed_and_deleted(officer: Client, city: City, actor: Actor) -> None:
    base = f"/city-hall/{city.slug}/reply-templates/"
    sent = form()
    for _ in range(2):  # a double click adds one
        assert officer.post(base + "add/", sent).headers["Location"] == base
    (template,) = reply_templates_of(actor, city.slug)
    assert "Kein Platz" in officer.get(base).content.decode()
    one = f"{base}de/{template.template_id}/"
    assert one in officer.get(base).content.decode()
    assert "es ist kein Platz mehr" in officer.get(one).content.decode()
    officer.post(one, form(expected_version="1", title="Voll"))
    assert get_reply_template(actor, city.slug, template.key).title == "Voll"
    officer.post(one + "delete/", {"expected_version": "1"})
    assert (
        get_reply_template(actor, city.slug, template.key).title == "Voll"
    )  # not the version that was seen
    officer.post(one + "delete/", {"expected_version": "2"})
    assert reply_templates_of(actor, city.slug) == []


def test_unknown_placeholder_is_named_next_to_field(
    officer: Client, city: City, actor: Actor
) -> None:
    response = officer.post(
        f"/city-hall/{city.slug}/reply-templates/add/", form(text="Dear {merchnat},")
    )
    page = unescape(response.content.decode())
    assert response.status_code == 422
    message = (
        "{merchnat} is not a placeholder. The placeholders are {market}, {reference}, {merchant}"
    )
    assert page.count(message) == 2  # in the summary and at the field
    assert "Dear {merchnat}," in page
    assert reply_templates_of(actor, city.slug) == []


def test_version_conflict_keeps_entered_text(officer: Client, city: City, actor: Actor) -> None:
    template = factories.reply_template(actor, city)
    revise(actor, city, template, 1)
    one = f"/city-hall/{city.slug}/reply-templates/en/{template.template_id}/"
    response = officer.post(one, form(expected_version="1", text="Mine"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "Mine" in page
    assert "<p>Other</p>" in page
    assert 'name="expected_version" value="2"' in page


@pytest.mark.parametrize("path", ["", "add/", "en/{id}/", "en/{id}/delete/"])
def test_officer_of_other_city_gets_404(
    merchant: Client, city: City, actor: Actor, path: str
) -> None:
    template = factories.reply_template(actor, city)
    other = Client()
    elsewhere = factories.make_city()
    sign_in(other, cities=[elsewhere.slug])
    path = path.format(id=template.template_id)
    for client in (other, merchant):
        assert client.get(f"/city-hall/{city.slug}/reply-templates/{path}").status_code == 404
        answer = client.post(
            f"/city-hall/{city.slug}/reply-templates/{path}", form(expected_version="1")
        )
        assert answer.status_code == (404 if path else 405)
    if "{" in path:
        assert other.get(f"/city-hall/{elsewhere.slug}/reply-templates/{path}").status_code == 404
    assert [each.version for each in reply_templates_of(actor, city.slug)] == [1]
