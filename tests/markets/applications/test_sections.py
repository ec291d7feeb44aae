"""The page of each part of an application: its button, what it saves as one types, and when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from approvals.review.operations import request_changes
from core import clock
from core.actors import Actor
from core.unsaved import operations as unsaved
from markets.cities.models import City
from markets.forms import FORMS
from markets.history.queries import history_of
from markets.models import Market, Status
from markets.operations import revise_market, submit_market
from markets.queries import get_market
from tests import factories
from tests.clients import sign_in
from tests.markets.applications.pages import TYPED, begin, hidden, only_market, section, send

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


@pytest.fixture(name="draft")
def draft_fixture(merchant: Client, city: City) -> Market:
    return begin(merchant, city)


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
def test_the_list_says_whose_turn_it_is(merchant: Client, city: City) -> None:
    page = merchant.get("/markets/").text
    assert "Your turn: change what the city asks for" in page
    assert f"Decision by {city.decides_by:%-d %B %Y}" in page


def test_each_part_is_saved_on_its_own_in_any_order(
    merchant: Client, maria: Actor, draft: Market
) -> None:
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


def test_one_part_leads_to_the_next_or_to_the_list(merchant: Client, draft: Market) -> None:
    def leads_to(slug: str, **values: str) -> str:
        location: str = send(merchant, draft, slug, **values).headers["Location"]
        return location.removeprefix(f"/markets/{draft.market_id}/")

    assert leads_to("market") == "goods/"
    assert leads_to("goods") == "photos/"
    assert leads_to("merchant") == "check/"
    assert leads_to("goods", action="list") == "edit/"
    assert merchant.get(section(draft, "edit")).headers["Location"].endswith(f"{draft.market_id}/")


@pytest.mark.parametrize(("slug", "field", "value", "message"), OF_DRAFTS)
def test_bad_input_in_a_draft_is_answered_and_all_else_is_saved(
    merchant: Client, maria: Actor, draft: Market, slug: str, field: str, value: str, message: str
) -> None:
    response = send(merchant, draft, slug, **{field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count(message) == 2  # in the summary and next to the field
    assert f'href="#id_{field}"' in page
    assert value in page
    saved = get_market(maria, draft.key)
    for name, typed_ in TYPED[slug].items():
        if name == field:
            assert getattr(saved, name) != value
        elif typed_ != "on":
            assert str(getattr(saved, name)) == typed_
    # The page that answers saves again as if nothing had been wrong.
    assert send(merchant, draft, slug, page=page).status_code == 302


@pytest.mark.parametrize(("slug", "field", "value", "message"), BAD_INPUT)
def test_bad_input_in_a_submitted_text_changes_nothing(
    merchant: Client, maria: Actor, city: City, slug: str, field: str, value: str, message: str
) -> None:
    market = factories.submitted(maria, city)
    response = send(merchant, market, slug, **{field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count(message) == 2
    assert "<title>Error: " in page
    for name, typed_ in TYPED[slug].items():
        assert name == field or typed_ == "on" or typed_ in page
    assert get_market(maria, market.key).version == 2


def test_from_check_your_answers_a_part_asks_for_all_of_its_answers(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    asked = merchant.get(section(draft, "goods") + "?check").content.decode()
    assert asked.count("List the goods that you sell.") == 2
    response = send(merchant, draft, "goods", query="?check", average_price="")
    assert response.status_code == 422
    assert get_market(maria, draft.key).description == TYPED["goods"]["description"]
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
        {name: "" for part in TYPED.values() for name in part},
        {name: "\x00\ud7ff" * 9 for part in TYPED.values() for name in part},
    ],
)
def test_a_mangled_form_is_no_server_error(
    merchant: Client, draft: Market, slug: str, mangled: dict[str, str]
) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        response = merchant.post(section(draft, slug), mangled, headers=headers)
        assert response.status_code in {200, 302, 412, 422}


def test_a_submitted_text_is_changed_at_once_and_an_approved_one_is_decided_anew(
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


def test_saving_an_approved_text_as_it_was_keeps_its_approval(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.approved(maria, city, description=TYPED["goods"]["description"])
    assert send(merchant, market, "goods").status_code == 302
    assert get_market(maria, market.key).status == Status.APPROVED


@pytest.mark.parametrize("part", ["market", "edit", "check"])
def test_what_is_decided_for_good_cannot_be_edited(
    merchant: Client, maria: Actor, city: City, part: str
) -> None:
    market = factories.rejected(maria, city)
    response = merchant.get(section(market, part))
    assert response.headers["Location"] == f"/markets/{market.market_id}/"


def test_what_was_typed_stays_when_it_can_no_longer_be_saved(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.rejected(maria, city)
    response = merchant.post(section(market, "goods"), TYPED["goods"])
    assert response.status_code == 422
    assert "can no longer be edited" in response.content.decode()
    assert "Beeswax candles" in response.content.decode()


@pytest.mark.parametrize(
    ("typed_", "price"), [("12,50", "12.50"), ("12.5", "12.50"), (" 12 ", "12.00"), ("0", "0.00")]
)
def test_a_price_is_written_as_people_write_it(
    merchant: Client, maria: Actor, draft: Market, typed_: str, price: str
) -> None:
    assert send(merchant, draft, "goods", average_price=typed_).status_code == 302
    assert str(get_market(maria, draft.key).average_price) == price


# Two pages at once


def test_two_tabs_of_two_parts_do_not_disturb_each_other(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    pages = {slug: merchant.get(section(draft, slug)).content.decode() for slug in FORMS}
    for slug, page in pages.items():
        assert send(merchant, draft, slug, page=page).status_code == 302
    assert get_market(maria, draft.key).version == 1 + len(FORMS)


def test_two_tabs_of_one_part_show_each_other_what_they_would_lose(
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


def test_a_submitted_text_that_changed_meanwhile_is_shown_field_by_field(
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


def test_twenty_saves_of_one_page_at_once_lose_nothing_and_fail_nowhere(
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


# As one types


def test_what_is_typed_is_saved_and_the_page_learns_its_version(
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


def test_a_bad_value_is_named_while_typing_and_the_rest_is_saved(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    response = send(merchant, draft, "goods", via="script", average_price="twelve")
    page = response.content.decode()
    assert response.status_code == 200
    assert 'id="id_average_price_error"' in page
    assert (
        page.count("Enter a price, such as 12.50.") == 2
    )  # beside the field, and in the page's status
    assert get_market(maria, draft.key).description == TYPED["goods"]["description"]


def test_a_change_from_elsewhere_is_told_while_typing_and_replaced_on_purpose(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "market")).content.decode()
    send(merchant, draft, "market", name="From elsewhere")
    response = send(merchant, draft, "market", page=page, via="script", name="Typed here")
    told = response.content.decode()
    assert response.status_code == 412
    assert "<del>From elsewhere</del>" in told
    once_more = send(
        merchant, draft, "market", page=page, via="script", name="Typed", **hidden(told)
    )
    assert once_more.status_code == 412  # typing on replaces nothing
    done = send(merchant, draft, "market", page=page, name="Typed here", **hidden(told))
    assert done.status_code == 302
    assert get_market(maria, draft.key).name == "Typed here"


def test_saving_what_is_saved_makes_no_version(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    for _ in range(3):
        send(merchant, draft, "goods", via="script")
    assert get_market(maria, draft.key).version == 2


# What the city asks for


def test_the_fields_that_the_city_asks_for_come_first_in_its_words(
    merchant: Client, asked: Market
) -> None:
    page = merchant.get(section(asked, "goods")).content.decode()
    assert page.index('id="id_average_price"') < page.index('id="id_description"')
    assert "Is this for one?" in page
    assert "hx-post" in page
    assert "Show the roof." in merchant.get(section(asked, "photos")).content.decode()
    status = merchant.get(f"/markets/{asked.market_id}/").content.decode()
    assert "Show the roof." in status
    assert f"{section(asked, 'goods')}#id_average_price" in status


def test_an_answer_to_the_city_is_recorded_and_handed_in_again(
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


# When the session has ended


def end_session(client: Client) -> None:
    from identity.sessions.models import Session

    Session.get(client.session["person"]["id"]).delete()


def sign_in_again(client: Client, actor: Actor) -> None:
    sign_in(client, sub=actor.id, email="maria@example.com")


@pytest.mark.parametrize("via", ["button", "script"])
def test_what_is_typed_when_the_session_has_ended_is_there_after_signing_in(
    merchant: Client, maria: Actor, draft: Market, via: str
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    end_session(merchant)
    response = send(merchant, draft, "goods", page=page, via=via)
    app_client = f"/sign-in/?next={section(draft, 'goods')}"
    if via == "script":
        assert response.status_code == 401
        assert f'href="{app_client}"' in response.content.decode()
    else:
        assert response.headers["Location"] == app_client
        assert "What you entered is kept" in merchant.get(app_client).content.decode()
    assert get_market(maria, draft.key).version == 1  # nobody has written anything

    sign_in_again(merchant, maria)
    back = merchant.get(section(draft, "goods")).content.decode()
    assert "Beeswax candles" in back
    assert "This is not saved yet" in back
    assert send(merchant, draft, "goods", page=back).status_code == 302
    assert get_market(maria, draft.key).description == TYPED["goods"]["description"]
    assert "This is not saved yet" not in merchant.get(section(draft, "goods")).content.decode()


def test_without_any_cookie_it_is_kept_as_well(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    nobody = Client(enforce_csrf_checks=True)
    response = send(nobody, draft, "goods", page=page)
    assert response.headers["Location"].startswith("/sign-in/?next=")
    assert "Beeswax candles" in merchant.get(section(draft, "goods")).content.decode()


def test_a_page_from_before_signing_in_again_elsewhere_keeps_its_text(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    strict = Client(enforce_csrf_checks=True)
    sign_in_again(strict, maria)
    page = strict.get(section(draft, "goods")).content.decode()
    del strict.cookies[settings.CSRF_COOKIE_NAME]
    strict.get(section(draft, "market"))  # another token from here on
    response = send(strict, draft, "goods", page=page)
    assert response.headers["Location"] == section(draft, "goods")
    assert "Beeswax candles" in strict.get(section(draft, "goods")).content.decode()
    by_script = send(strict, draft, "goods", page=page, via="script")
    assert by_script.status_code == 401
    assert "load the page anew" in by_script.content.decode()


def test_nobody_else_finds_what_was_typed(
    merchant: Client, stranger: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    end_session(merchant)
    send(merchant, draft, "goods", page=page)
    assert stranger.get(section(draft, "goods")).status_code == 404
    sign_in(merchant)  # somebody else in the same browser
    answer = merchant.get(section(draft, "goods"))
    assert answer.status_code == 404
    assert "Beeswax" not in answer.content.decode()


def test_a_signature_for_another_page_keeps_nothing(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    nobody = Client()
    data = hidden(page) | TYPED["market"]
    nobody.post(section(draft, "market"), data)
    assert unsaved.get(maria.id, section(draft, "market")) is None
    nobody.post(section(draft, "goods"), data | {"author_signature": "made-up"})
    assert unsaved.get(maria.id, section(draft, "goods")) is None


def test_what_was_kept_can_be_dropped_and_lasts_a_week(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    url = section(draft, "goods")
    page = merchant.get(url).content.decode()
    for _ in range(2):
        send(Client(), draft, "goods", page=page)
        assert unsaved.get(maria.id, url)
        merchant.post(url, {"action": "discard"})
        assert unsaved.get(maria.id, url) is None
    send(Client(), draft, "goods", page=page)
    with clock.freeze(clock.now() + unsaved.LIFETIME + timedelta(seconds=1)):
        assert unsaved.get(maria.id, url) is None


def test_too_much_to_keep_stays_on_the_page(merchant: Client, maria: Actor, draft: Market) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    long = "x" * (unsaved.MAX_BYTES + 1)
    response = send(Client(), draft, "goods", page=page, description=long)
    assert response.status_code == 403
    assert long in response.content.decode()
    assert unsaved.get(maria.id, section(draft, "goods")) is None
    by_script = send(Client(), draft, "goods", page=page, via="script", description=long)
    assert by_script.status_code == 401
    assert "could not be kept" in by_script.content.decode()


def test_what_was_kept_before_a_newer_save_is_shown_against_it(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    page = merchant.get(section(draft, "goods")).content.decode()
    send(Client(), draft, "goods", page=page, description="Typed first")
    revise_market(maria, draft.key, expected_version=1, details={"description": "Saved later"})
    back = merchant.get(section(draft, "goods")).content.decode()
    assert "<del>Saved later</del>" in back
    assert "<ins>Typed first</ins>" in back


def test_what_is_submitted_meanwhile_does_not_lose_what_was_kept(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.draft(maria, city)
    page = merchant.get(section(market, "goods")).content.decode()
    send(Client(), market, "goods", page=page)
    submit_market(maria, market.key, expected_version=1)
    back = merchant.get(section(market, "goods")).content.decode()
    assert "Beeswax candles" in back
    assert send(merchant, market, "goods", page=back).status_code == 302
    assert only_market(maria).status == Status.SUBMITTED
