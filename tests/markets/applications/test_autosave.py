"""Sections that are saved while the merchant types, also from several tabs."""

from concurrent.futures import ThreadPoolExecutor

from django.test import Client

from core.actors import Actor
from markets.cities.models import City
from markets.forms import FORMS
from markets.models import Market
from markets.operations import revise_market
from markets.queries import get_market
from tests import factories
from tests.markets.applications.pages import ENTERED, hidden, section, send


def test_tabs_with_different_sections_do_not_conflict(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    pages = {slug: merchant.get(section(draft, slug)).content.decode() for slug in FORMS}
    for slug, page in pages.items():
        assert send(merchant, draft, slug, page=page).status_code == 302
    assert get_market(maria, draft.key).version == 1 + len(FORMS)


def test_tabs_with_same_section_show_conflict(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    first = second = merchant.get(section(draft, "market")).content.decode()
    send(merchant, draft, "market", page=first, name="From the first tab")
    response = send(merchant, draft, "market", page=second, name="From the second tab")
    page = response.content.decode()
    assert response.status_code == 412
    assert "<del>From the first tab</del>" in page
    assert 'value="From the second tab"' in page
    assert get_market(maria, draft.key).name == "From the first tab"
    assert send(merchant, draft, "market", page=page, name="From the second tab").status_code == 302
    assert get_market(maria, draft.key).name == "From the second tab"


def test_conflict_on_submitted_application_shows_changed_fields(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    page = merchant.get(section(market, "market")).content.decode()
    revise_market(maria, market.key, expected_version=2, details={"description": "Fireworks"})
    response = send(merchant, market, "market", page=page, name="Another name")
    page = response.content.decode()
    assert response.status_code == 412
    assert "<ins>Fireworks</ins>" in page
    assert 'value="Another name"' in page
    assert get_market(maria, market.key).version == 3
    assert send(merchant, market, "market", page=page, name="Another name").status_code == 302


def test_twenty_concurrent_saves_succeed_or_conflict(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()

    def save(number: int) -> int:
        client = Client()
        client.cookies = merchant.cookies
        response = send(client, draft, "goods", page=page, description=f"Text {number}")
        return int(response.status_code)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(save, range(20)))
    assert set(answers) <= {302, 412}
    assert 302 in answers
    assert get_market(maria, draft.key).description.startswith("Text ")


def test_autosave_saves_input_and_returns_new_version(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    for text in ("Carved sp", "Carved spoons"):
        response = send(merchant, draft, "goods", page=page, via="script", description=text)
        page = response.content.decode()
        assert response.status_code == 200
        assert "Saved" in page
        # Its tokens come back; the rest of the page stays as it is.
        signature = hidden(page).get("author_signature", "")
        page += f'<input type="hidden" name="author_signature" value="{signature}">'
    saved = get_market(maria, draft.key)
    assert (saved.version, saved.description) == (3, "Carved spoons")


def test_autosave_reports_invalid_field_and_saves_others(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    response = send(merchant, draft, "goods", via="script", average_price="twelve")
    page = response.content.decode()
    assert response.status_code == 200
    assert 'id="id_average_price_error"' in page
    assert (
        page.count("Enter a price, such as 12.50.") == 2
    )  # beside the field, and in the page's status
    assert get_market(maria, draft.key).description == ENTERED["goods"]["description"]


def test_autosave_reports_conflict_and_button_overwrites(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "market")).content.decode()
    send(merchant, draft, "market", name="From elsewhere")
    response = send(merchant, draft, "market", page=page, via="script", name="Typed here")
    answer = response.content.decode()
    assert response.status_code == 412
    assert "<del>From elsewhere</del>" in answer
    once_more = send(
        merchant, draft, "market", page=page, via="script", name="Typed", **hidden(answer)
    )
    assert once_more.status_code == 412  # typing on replaces nothing
    done = send(merchant, draft, "market", page=page, name="Typed here", **hidden(answer))
    assert done.status_code == 302
    assert get_market(maria, draft.key).name == "Typed here"


def test_saving_unchanged_section_creates_no_version(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    for _ in range(3):
        send(merchant, draft, "goods", via="script")
    assert get_market(maria, draft.key).version == 2
