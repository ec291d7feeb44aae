"""The page of each section of an application."""

import pytest
from django.test import Client

from approvals.review.operations import request_changes
from core.actors import Actor
from markets.cities.models import City
from markets.forms import FORMS
from markets.history.queries import history_of
from markets.models import Market, Status
from markets.queries import get_market
from tests import factories
from tests.markets.applications.pages import ENTERED, section, send

BAD_INPUT = [
    ("market", "name", "", "Enter the name of the market."),
    ("market", "name", "x" * 81, "at most 80 characters"),
    ("market", "category", "", "Choose a category."),
    ("market", "category", "fireworks", "fireworks is not one of the available choices"),
    ("goods", "description", "", "List the goods that you sell."),
    ("goods", "description", "x" * 4001, "at most 4000 characters"),
    ("goods", "average_price", "", "Enter the average price."),
    ("goods", "average_price", "free", "Enter a price, such as 12.50."),
    ("goods", "average_price", "NaN", "Enter a price, such as 12.50."),
    ("goods", "average_price", "1,000.50", "Enter a price, such as 12.50."),
    ("goods", "average_price", "-1", "greater than or equal to 0"),
    ("goods", "average_price", "10000.01", "less than or equal to 10000"),
    ("goods", "average_price", "1.005", "no more than 2 decimal places"),
    ("stall", "frontage_m", "wide", "Enter a number."),
    ("stall", "frontage_m", "31", "less than or equal to 30"),
    ("stall", "power_kw", "101", "less than or equal to 100"),
    ("stall", "power_kw", "1.234", "no more than 2 decimal places"),
    ("merchant", "legal_name", "", "Enter the legal name."),
    ("merchant", "legal_name", "x" * 121, "at most 120 characters"),
    ("merchant", "contact_email", "", "Enter an e-mail address."),
    ("merchant", "contact_email", "maria", "Enter an e-mail address, such as"),
    ("merchant", "phone", "call me", "Enter a telephone number"),
    ("merchant", "language", "", "Choose a language."),
    ("merchant", "language", "tlh", "tlh is not one of the available choices"),
]
OF_DRAFTS = [case for case in BAD_INPUT if case[2]]
"""A draft may leave anything out."""


@pytest.fixture(name="asked")
def asked_fixture(maria: Actor, city: City) -> Market:
    """A market whose price and photos the city wants changed."""
    market = factories.submitted(maria, city)
    officer = factories.officer(city.slug)
    return request_changes(
        officer,
        city.slug,
        market.key,
        expected_version=2,
        requests=[
            ("photos", "Show the roof."),
            ("marketAveragePrice", "Is this for one?"),
        ],
        text="",
    )


@pytest.mark.usefixtures("asked")
def test_list_shows_next_step_and_decision_date(merchant: Client, city: City) -> None:
    page = merchant.get("/markets/").text
    assert "Your turn: change what the city asks for" in page
    assert f"Decision by {city.decides_by:%-d %B %Y}" in page


def test_sections_are_saved_independently(merchant: Client, maria: Actor, draft: Market) -> None:
    for slug in ("merchant", "stall", "goods", "market"):
        assert send(merchant, draft, slug).status_code == 302
    saved = get_market(maria, draft.key)
    assert saved.status == Status.DRAFT
    assert (saved.name, saved.category) == ("Lime wood and candles", "crafts")
    assert saved.description == "Carved spoons\nBeeswax candles"
    assert (str(saved.average_price), str(saved.power_kw)) == ("12.50", "2.50")
    assert (saved.needs_water, saved.uses_gas) == (True, False)
    assert (saved.legal_name, saved.language) == ("Maria Crafts SRL", "ro")
    assert history_of(saved) == []


def test_section_redirects_to_next_section_or_task_list(merchant: Client, draft: Market) -> None:
    def leads_to(slug: str, **values: str) -> str:
        location: str = send(merchant, draft, slug, **values).headers["Location"]
        return location.removeprefix(f"/markets/{draft.market_id}/")

    assert leads_to("market") == "goods/"
    assert leads_to("goods") == "photos/"
    assert leads_to("merchant") == "check/"
    assert leads_to("goods", action="list") == "edit/"
    assert merchant.get(section(draft, "edit")).headers["Location"].endswith(f"{draft.market_id}/")


@pytest.mark.parametrize(("slug", "field", "value", "message"), OF_DRAFTS)
def test_invalid_field_in_draft_is_reported_and_others_saved(
    merchant: Client, maria: Actor, draft: Market, slug: str, field: str, value: str, message: str
) -> None:
    response = send(merchant, draft, slug, **{field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count(message) == 2  # in the summary and next to the field
    assert f'href="#id_{field}"' in page
    assert value in page
    saved = get_market(maria, draft.key)
    for name, entered in ENTERED[slug].items():
        if name == field:
            assert getattr(saved, name) != value
        elif entered != "on":
            assert str(getattr(saved, name)) == entered
    # The page that answers saves again as if nothing had been wrong.
    assert send(merchant, draft, slug, page=page).status_code == 302


@pytest.mark.parametrize(("slug", "field", "value", "message"), BAD_INPUT)
def test_invalid_field_in_submitted_application_saves_nothing(
    merchant: Client, maria: Actor, city: City, slug: str, field: str, value: str, message: str
) -> None:
    market = factories.submitted(maria, city)
    response = send(merchant, market, slug, **{field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count(message) == 2
    assert "<title>Error: " in page
    for name, entered in ENTERED[slug].items():
        assert name == field or entered == "on" or entered in page
    assert get_market(maria, market.key).version == 2


def test_section_from_check_answers_requires_all_fields(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    asked = merchant.get(section(draft, "goods") + "?check").content.decode()
    assert asked.count("List the goods that you sell.") == 2
    response = send(merchant, draft, "goods", query="?check", average_price="")
    assert response.status_code == 422
    assert get_market(maria, draft.key).description == ENTERED["goods"]["description"]
    done = send(merchant, draft, "goods", query="?check")
    assert done.headers["Location"] == section(draft, "check")


@pytest.mark.parametrize("slug", FORMS)
@pytest.mark.parametrize(
    "mangled",
    [
        {},
        {"expected_version": "", "fingerprint": ""},
        {"expected_version": "9" * 40},
        {"expected_version": "-1", "fingerprint": "\x00"},
        {"replace": "nonsense"},
        {"unsaved": "1", "action": "\u202e"},
        {name: "" for part in ENTERED.values() for name in part},
        {name: "\x00\ud7ff" * 9 for part in ENTERED.values() for name in part},
    ],
)
def test_malformed_form_is_no_server_error(
    merchant: Client, draft: Market, slug: str, mangled: dict[str, str]
) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        response = merchant.post(section(draft, slug), mangled, headers=headers)
        assert response.status_code in {200, 302, 412, 422}


def test_edited_approved_application_returns_to_queue(
    merchant: Client, maria: Actor, city: City
) -> None:
    submitted, approved = factories.submitted(maria, city), factories.approved(maria, city)
    for market in (submitted, approved):
        page = merchant.get(section(market, "goods")).content.decode()
        assert "hx-post" not in page  # only by its button
        assert ("loses its place" in page) == (market is approved)
        send(merchant, market, "goods", average_price="9")
        saved = get_market(maria, market.key)
        assert saved.status == Status.SUBMITTED
        assert str(saved.average_price) == "9.00"


def test_unchanged_save_keeps_approval(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.approved(maria, city, description=ENTERED["goods"]["description"])
    assert send(merchant, market, "goods").status_code == 302
    assert get_market(maria, market.key).status == Status.APPROVED


@pytest.mark.parametrize("part", ["market", "edit", "check"])
def test_rejected_application_cannot_be_edited(
    merchant: Client, maria: Actor, city: City, part: str
) -> None:
    market = factories.rejected(maria, city)
    response = merchant.get(section(market, part))
    assert response.headers["Location"] == f"/markets/{market.market_id}/"


def test_input_stays_on_page_of_rejected_application(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.rejected(maria, city)
    response = merchant.post(section(market, "goods"), ENTERED["goods"])
    assert response.status_code == 422
    assert "can no longer be edited" in response.content.decode()
    assert "Beeswax candles" in response.content.decode()


@pytest.mark.parametrize(
    ("entered", "price"), [("12,50", "12.50"), ("12.5", "12.50"), (" 12 ", "12.00"), ("0", "0.00")]
)
def test_price_accepts_common_notations(
    merchant: Client, maria: Actor, draft: Market, entered: str, price: str
) -> None:
    assert send(merchant, draft, "goods", average_price=entered).status_code == 302
    assert str(get_market(maria, draft.key).average_price) == price


# What the city asks for


def test_requested_fields_come_first_with_city_messages(merchant: Client, asked: Market) -> None:
    page = merchant.get(section(asked, "goods")).content.decode()
    assert page.index('id="id_average_price"') < page.index('id="id_description"')
    assert "Is this for one?" in page
    assert "hx-post" in page
    assert "Show the roof." in merchant.get(section(asked, "photos")).content.decode()
    status = merchant.get(f"/markets/{asked.market_id}/").content.decode()
    assert "Show the roof." in status
    assert f"{section(asked, 'goods')}#id_average_price" in status


def test_requested_change_is_recorded_and_resubmitted(
    merchant: Client, maria: Actor, asked: Market
) -> None:
    send(merchant, asked, "goods", via="script", average_price="9")
    saved = get_market(maria, asked.key)
    assert saved.status == Status.CHANGES_REQUESTED
    assert history_of(saved)[-1].after["marketAveragePrice"] == "9.00"
    merchant.post(section(asked, "check"), {"expected_version": str(saved.version)})
    again = get_market(maria, asked.key)
    assert again.status == Status.SUBMITTED
    assert again.change_requests == []
