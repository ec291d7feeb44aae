import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from garage.actors import Actor
from markets.cities import City
from markets.models import Market, Status
from markets.operations import revise_market
from markets.queries import get_market, page_of_markets
from tests import factories, images

TYPED: dict[str, str] = {
    "name": "Lime wood and candles",
    "category": "crafts",
    "description": "Carved spoons\nBeeswax candles",
    "average_price": "12.50",
    "frontage_m": "3",
    "power_kw": "2.5",
    "needs_water": "on",
    "legal_name": "Maria Crafts SRL",
    "contact_email": "maria@example.com",
    "phone": "+40 268 413 000",
    "language": "ro",
    "photos-TOTAL_FORMS": "1",
    "photos-INITIAL_FORMS": "0",
    "photos-0-alt_text": "The house at night",
}


def jpeg() -> SimpleUploadedFile:
    return SimpleUploadedFile("house.jpg", images.jpeg(), "image/jpeg")


def application_id(client: Client, city: City) -> str:
    page = client.get(f"/markets/apply/{city.slug}/").content.decode()
    match = re.search(r'name="application_id" value="([^"]+)"', page)
    assert match
    return match[1]


def send(client: Client, city: City, **values: Any) -> Any:
    """Fill in the application form; None leaves a field out."""
    data = TYPED | {"application_id": application_id(client, city), "photos-0-upload": jpeg()}
    data |= {"action": "submit"} | values
    filled = {name: value for name, value in data.items() if value is not None}
    return client.post(f"/markets/apply/{city.slug}/", filled)


def only_market(actor: Actor) -> Market:
    (market,) = page_of_markets(actor).items
    return get_market(actor, market.key)


def test_applying_submits_every_field_and_leads_to_the_application(
    merchant: Client, maria: Actor, city: City
) -> None:
    response = send(merchant, city)
    market = only_market(maria)
    assert response.headers["Location"] == f"/markets/{market.market_id}/"
    assert market.status == Status.SUBMITTED
    assert market.name == TYPED["name"]
    assert str(market.average_price) == "12.50"
    assert str(market.power_kw) == "2.50"
    assert (market.needs_water, market.uses_gas) == (True, False)
    assert market.photos[0].alt_text == "The house at night"
    page = merchant.get(response.headers["Location"]).content.decode()
    assert market.reference in page
    assert "Carved spoons" in page


def test_sending_the_form_twice_makes_one_market(
    merchant: Client, maria: Actor, city: City
) -> None:
    same = application_id(merchant, city)
    send(merchant, city, application_id=same)
    again = send(merchant, city, application_id=same)
    assert again.status_code == 302
    assert only_market(maria).version == 2


def test_a_draft_may_be_incomplete_and_is_submitted_later(
    merchant: Client, maria: Actor, city: City
) -> None:
    send(
        merchant,
        city,
        action="save-draft",
        average_price="",
        **{"photos-0-upload": None, "photos-0-alt_text": ""},
    )
    market = only_market(maria)
    assert market.status == Status.DRAFT
    refused = merchant.post(f"/markets/{market.market_id}/submit/", {"expected_version": 1})
    assert refused.headers["Location"] == f"/markets/{market.market_id}/edit/"
    page = merchant.get(refused.headers["Location"]).content.decode()
    assert "Average price is missing" in page
    done = merchant.post(
        f"/markets/{market.market_id}/edit/",
        TYPED | {"photos-0-upload": jpeg(), "action": "submit", "expected_version": "1"},
    )
    assert done.status_code == 302
    assert only_market(maria).status == Status.SUBMITTED


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Enter the name of the market."),
        ("name", "x" * 81, "at most 80 characters"),
        ("category", "fireworks", "fireworks is not one of the available choices"),
        ("description", "", "List the goods that you sell."),
        ("description", "x" * 4001, "at most 4000 characters"),
        ("average_price", "", "Enter the average price."),
        ("average_price", "free", "Enter a price."),
        ("average_price", "NaN", "Enter a price."),
        ("average_price", "-1", "greater than or equal to 0"),
        ("average_price", "10000.01", "less than or equal to 10000"),
        ("average_price", "1.005", "no more than 2 decimal places"),
        ("frontage_m", "wide", "Enter a number."),
        ("power_kw", "101", "less than or equal to 100"),
        ("legal_name", "", "Enter the legal name."),
        ("contact_email", "maria", "Enter an e-mail address, such as"),
        ("phone", "call me", "Enter a telephone number"),
        ("language", "", "Choose a language."),
        ("photos-0-alt_text", "", "Say what the photo shows."),
        ("photos-0-upload", None, "Choose the photo that this text describes."),
    ],
)
def test_bad_input_is_answered_next_to_its_field_and_nothing_is_lost(
    merchant: Client, maria: Actor, city: City, field: str, value: str | None, message: str
) -> None:
    response = send(merchant, city, **{field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count(message) == 2  # in the summary and next to the field
    assert f'href="#id_{field}"' in page
    for name in {"name", "legal_name", "contact_email", "phone"} - {field}:
        assert TYPED[name] in page
    assert page_of_markets(maria).items == ()
    if field != "photos-0-upload":
        stored = re.search(r'name="photos-0-stored" value="([^"]+)"', page)
        assert stored
        again = send(merchant, city, **{"photos-0-upload": None, "photos-0-stored": stored[1]})
        # The photo was stored for the other application's id: it does not pass here.
        assert again.status_code == 422


def test_a_stored_photo_is_sent_again_without_uploading_it(
    merchant: Client, maria: Actor, city: City
) -> None:
    same = application_id(merchant, city)
    refused = send(merchant, city, application_id=same, name="").content.decode()
    stored = re.search(r'name="photos-0-stored" value="([^"]+)"', refused)
    assert stored
    done = send(
        merchant,
        city,
        application_id=same,
        **{"photos-0-upload": None, "photos-0-stored": stored[1]},
    )
    assert done.status_code == 302
    assert len(only_market(maria).photos) == 1


def test_a_photo_is_required_to_submit(merchant: Client, city: City) -> None:
    response = send(merchant, city, **{"photos-0-upload": None, "photos-0-alt_text": ""})
    assert response.status_code == 422
    assert "Add at least one photo." in response.content.decode()


def test_another_photo_form_keeps_everything(merchant: Client, maria: Actor, city: City) -> None:
    response = send(merchant, city, action="add-photo", name="")
    page = response.content.decode()
    assert 'name="photos-1-upload"' in page
    assert 'name="photos-0-stored" value="' in page
    assert "Carved spoons" in page
    assert page_of_markets(maria).items == ()


@pytest.mark.parametrize("total", ["", "many", "-1", "99999"])
def test_a_mangled_form_is_no_server_error(merchant: Client, city: City, total: str) -> None:
    response = send(merchant, city, **{"photos-TOTAL_FORMS": total, "action": "add-photo"})
    assert response.status_code in {200, 422}
    response = send(merchant, city, **{"photos-TOTAL_FORMS": total})
    assert response.status_code in {302, 422}


def test_editing_what_changed_meanwhile_shows_the_change_and_keeps_what_was_typed(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    revise_market(
        maria,
        market.key,
        expected_version=2,
        details=factories.details(
            market.market_id, name="From another tab", photos=tuple(market.photos)
        ),
    )
    edited = TYPED | {"name": "From this tab", "expected_version": "2", "action": "submit"}
    page = merchant.get(f"/markets/{market.market_id}/edit/").content.decode()
    stored = re.search(r'name="photos-0-stored" value="([^"]+)"', page)
    assert stored
    edited |= {"photos-INITIAL_FORMS": "1", "photos-0-stored": stored[1]}
    response = merchant.post(f"/markets/{market.market_id}/edit/", edited)
    page = response.content.decode()
    assert "From another tab" in page
    assert 'value="From this tab"' in page
    assert get_market(maria, market.key).version == 3
    again = merchant.post(f"/markets/{market.market_id}/edit/", edited | {"expected_version": "3"})
    assert again.status_code == 302
    assert get_market(maria, market.key).name == "From this tab"


def test_withdrawing_asks_first(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    url = f"/markets/{market.market_id}/withdraw/"
    assert "Withdraw" in merchant.get(url).content.decode()
    assert get_market(maria, market.key).status == Status.SUBMITTED
    merchant.post(url, {"expected_version": "2"})
    assert get_market(maria, market.key).status == Status.WITHDRAWN


@pytest.mark.parametrize("page", ["", "edit/", "withdraw/"])
def test_a_strangers_application_does_not_exist(
    stranger: Client, maria: Actor, city: City, page: str
) -> None:
    market = factories.submitted(maria, city)
    assert stranger.get(f"/markets/{market.market_id}/{page}").status_code == 404
    assert stranger.post(f"/markets/{market.market_id}/{page}").status_code in {404, 405}


def test_an_officer_is_told_that_these_pages_are_for_merchants(officer: Client) -> None:
    response = officer.get("/markets/")
    assert response.status_code == 403
    assert "for merchants" in response.content.decode()


def test_a_closed_call_says_so(merchant: Client) -> None:
    over = factories.make_city(opens="2026-01-01", closes="2026-01-31", decide_by="2026-02-28")
    response = merchant.get(f"/markets/apply/{over.slug}/")
    assert response.status_code == 409
    assert "31 January 2026" in response.content.decode()


def test_a_cursor_that_is_made_up_is_not_found(merchant: Client) -> None:
    assert merchant.get("/markets/?cursor=made-up").status_code == 404
