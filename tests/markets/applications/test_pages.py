"""The merchant's pages from the beginning of an application to its submission."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client, override_settings

from approvals.review.operations import request_changes, undo_decision
from core import clock
from core.actors import Actor
from core.closed_accounts import operations as closed_accounts
from markets.cities.models import City
from markets.history.queries import history_of
from markets.models import Market, Status
from markets.operations import MAX_OPEN, create_draft, revise_market
from markets.queries import get_market, page_of_markets
from tests import factories
from tests.clients import sign_in
from tests.markets.applications.pages import begin, hidden, only_market, section, send

AT_ONCE = 50


def post_at_once(client: Client, url: str, data: dict[str, str]) -> list[int]:
    """Send one form from many browsers of one person at the same time, without haste.

    All of them share one process and one emulator, which takes seconds.
    """

    def post(_: int) -> int:
        browser = Client()
        browser.cookies = client.cookies
        return int(browser.post(url, data).status_code)

    with override_settings(REQUEST_SECONDS=60.0), ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(post, range(AT_ONCE)))


# Begin


def test_begin_creates_draft_and_shows_task_list(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = begin(merchant, city)
    assert only_market(maria).status == Status.DRAFT
    assert market.contact_email == "maria@example.com"
    page = merchant.get(f"/markets/{market.market_id}/").content.decode()
    for part in ("market", "goods", "photos", "stall", "merchant", "check"):
        assert f'href="{section(market, part)}"' in page
    assert page.count("Not started") == 3
    assert "In progress" in page  # the e-mail address is known
    assert "Optional" in page


def test_task_list_shows_progress_of_each_section(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.draft(maria, city, description=None)
    page = merchant.get(f"/markets/{market.market_id}/").content.decode()
    states = re.findall(r'id="state-(\w+)" class="status status--(\w+)"', page)
    assert dict(states) == {
        "market": "done",
        "goods": "doing",
        "photos": "done",
        "stall": "optional",
        "merchant": "done",
    }


def test_fifty_concurrent_begins_create_one_draft(
    merchant: Client, maria: Actor, city: City
) -> None:
    url = f"/markets/apply/{city.slug}/"
    form = hidden(merchant.get(url).content.decode())
    assert set(post_at_once(merchant, url, form)) == {302}
    assert only_market(maria).version == 1


def test_begin_with_invalid_id_creates_nothing(merchant: Client, maria: Actor, city: City) -> None:
    url = f"/markets/apply/{city.slug}/"
    for drawn in (
        "",
        "made-up",
        hidden(merchant.get(url).content.decode())["application_id"] + "x",
    ):
        response = merchant.post(url, {"application_id": drawn})
        assert response.status_code == 422
        assert "press the button again" in response.content.decode()
    assert page_of_markets(maria).items == ()


def test_begin_with_id_of_other_city_creates_nothing(
    merchant: Client, maria: Actor, city: City
) -> None:
    form = hidden(merchant.get(f"/markets/apply/{city.slug}/").content.decode())
    elsewhere = factories.make_city()
    assert merchant.post(f"/markets/apply/{elsewhere.slug}/", form).status_code == 422
    assert page_of_markets(maria).items == ()


def test_begin_above_limit_of_open_applications_is_refused(
    merchant: Client, maria: Actor, city: City
) -> None:
    url = f"/markets/apply/{city.slug}/"
    form = hidden(merchant.get(url).content.decode())
    for _ in range(MAX_OPEN):
        factories.draft(maria, city)
    response = merchant.post(url, form)
    assert response.status_code == 409
    assert "20 open applications" in response.content.decode()


# Call windows


@pytest.mark.parametrize(
    ("opens", "closes", "message"),
    [
        (-40, -10, "accepted applications until the end of"),
        (10, 20, "accepts applications from the beginning of"),
    ],
)
def test_applying_outside_call_shows_dates(
    merchant: Client, maria: Actor, opens: int, closes: int, message: str
) -> None:
    today = clock.now().date()
    city = factories.make_city(
        opens=str(today + timedelta(opens)),
        closes=str(today + timedelta(closes)),
        decide_by=str(today + timedelta(30)),
    )
    for response in (
        merchant.get(f"/markets/apply/{city.slug}/"),
        merchant.post(f"/markets/apply/{city.slug}/", {"application_id": "any"}),
    ):
        assert response.status_code == 409
        assert message in response.content.decode()
        assert f"({city.name} time)" in response.content.decode()
    assert page_of_markets(maria).items == ()


def test_draft_can_be_edited_but_not_submitted_after_call(merchant: Client, maria: Actor) -> None:
    today = clock.now().date()
    city = factories.make_city(
        opens=str(today - timedelta(30)),
        closes=str(today - timedelta(5)),
        decide_by=str(today + timedelta(5)),
    )
    market_id = str(uuid4())
    with clock.freeze(clock.now() - timedelta(days=10)):
        market = create_draft(
            maria,
            market_id=market_id,
            city_slug=city.slug,
            details=factories.details(market_id, average_price=None),
        )
    page = merchant.get(f"/markets/{market_id}/").content.decode()
    assert "can be edited but no longer submitted" in page
    assert send(merchant, market, "goods").status_code == 302
    check = merchant.get(section(market, "check")).content.decode()
    assert "can no longer be submitted" in check
    assert "Submit application" not in check
    response = merchant.post(section(market, "check"), {"expected_version": "2"})
    assert response.status_code == 409
    assert only_market(maria).status == Status.DRAFT


def test_application_is_accepted_in_last_second_of_city_time() -> None:
    city = factories.make_city(opens="2026-09-01", closes="2026-10-31", decide_by="2026-11-30")
    actor = factories.merchant()
    with clock.freeze(datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC)):  # 23:59:59 in Vienna
        assert factories.submitted(actor, city).status == Status.SUBMITTED


# Check and submit


def test_check_answers_links_each_answer_to_its_section(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.draft(maria, city, frontage_m=None, alcohol=True)
    page = merchant.get(section(market, "check")).content.decode()
    for name in ("name", "category", "description", "average_price", "alcohol", "legal_name"):
        assert re.search(rf'href="/markets/{market.market_id}/\w+/\?check#id_{name}"', page)
    assert f'href="{section(market, "photos")}?check"' in page
    assert "12.50 EUR" in page
    assert "Lime wood and candles" in page


def test_missing_answers_are_listed_with_links(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.draft(maria, city, average_price=None, legal_name=None, photos=())
    before = merchant.get(section(market, "check")).content.decode()
    assert "3 answers are still missing" in before
    assert "There is a problem" not in before
    response = merchant.post(section(market, "check"), {"expected_version": "1"})
    page = response.content.decode()
    assert response.status_code == 422
    summary = page[page.index("error-summary") : page.index("page-head")]
    assert re.findall(r'href="[^"]*/(\w+)/\?check[^"]*">([^<]+)<', summary) == [
        ("goods", "Enter the average price."),
        ("photos", "Add at least one photo."),
        ("merchant", "Enter the legal name."),
    ]
    there = merchant.get(section(market, "goods") + "?check").content.decode()
    assert there.count("Enter the average price.") == 2
    assert only_market(maria).status == Status.DRAFT


def test_submission_redirects_to_status_page(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.draft(maria, city)
    form = hidden(merchant.get(section(market, "check")).content.decode())
    response = merchant.post(section(market, "check"), form)
    assert response.headers["Location"] == f"/markets/{market.market_id}/"
    page = merchant.get(response.headers["Location"]).content.decode()
    assert "is submitted." in page
    assert f"decides by <strong>{city.decides_by:%-d %B %Y}" in page
    assert "by you" in page
    assert "by the merchant" not in page


def test_fifty_concurrent_submissions_submit_once(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.draft(maria, city)
    form = hidden(merchant.get(section(market, "check")).content.decode())
    assert set(post_at_once(merchant, section(market, "check"), form)) == {302}
    saved = only_market(maria)
    assert (saved.status, saved.version) == (Status.SUBMITTED, 2)
    assert [entry.action for entry in history_of(saved)] == ["submit"]
    page = merchant.get(f"/markets/{market.market_id}/").content.decode()
    assert "submitted" in page


def test_submission_beside_deletion_of_account_is_told(
    merchant: Client, maria: Actor, city: City
) -> None:
    """It is submitted, and not “nothing was saved”; the deletion withdraws it then."""
    market = factories.draft(maria, city)
    form = hidden(merchant.get(section(market, "check")).content.decode())
    closed_accounts.close(maria.id)
    assert merchant.post(section(market, "check"), form).status_code == 302
    assert only_market(maria).status == Status.SUBMITTED


def test_submission_after_undone_decision_is_not_said_to_be_done(
    merchant: Client, maria: Actor, city: City
) -> None:
    """The city took its request for changes back: the application waits as it was."""
    market, officer = factories.submitted(maria, city), factories.officer(city.slug)
    change = ("marketName", "Shorter, please.")
    request_changes(officer, city.slug, market.key, expected_version=2, requests=[change])
    form = hidden(merchant.get(section(market, "check")).content.decode())
    undo_decision(officer, city.slug, market.key, expected_version=3)
    page = merchant.post(section(market, "check"), form, follow=True).content.decode()
    assert f"Application {market.reference} is submitted already." in page
    assert "You have submitted" not in page
    assert only_market(maria).version == 4


def test_submission_of_stale_version_shows_current_answers(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.draft(maria, city)
    form = hidden(merchant.get(section(market, "check")).content.decode())
    revise_market(maria, market.key, expected_version=1, details={"name": "From another tab"})
    response = merchant.post(section(market, "check"), form)
    page = response.content.decode()
    assert response.status_code == 412
    assert "changed after this page was opened" in page
    assert "From another tab" in page
    assert only_market(maria).status == Status.DRAFT
    assert merchant.post(section(market, "check"), hidden(page)).status_code == 302
    assert only_market(maria).status == Status.SUBMITTED


# Permissions


@pytest.mark.parametrize(
    "page",
    ["", "edit/", "market/", "goods/", "check/", "withdraw/", "delete/", "again/", "versions/2/"],
)
def test_application_of_other_merchant_is_not_found(
    stranger: Client, maria: Actor, city: City, page: str
) -> None:
    for market in (factories.submitted(maria, city), factories.draft(maria, city)):
        before = market.version
        assert stranger.get(f"/markets/{market.market_id}/{page}").status_code == 404
        posted = stranger.post(
            f"/markets/{market.market_id}/{page}", {"expected_version": str(before), "name": "Mine"}
        )
        assert posted.status_code in {302, 404, 405}
        if posted.status_code == 302:  # to one's own list, as if it had been deleted
            assert posted.headers["Location"] == "/markets/"
        assert get_market(maria, market.key).version == before


def test_officer_gets_403_on_merchant_pages(officer: Client) -> None:
    response = officer.get("/markets/")
    assert response.status_code == 403
    assert "for merchants" in response.content.decode()


def test_invalid_cursor_is_not_found(merchant: Client) -> None:
    assert merchant.get("/markets/?cursor=made-up").status_code == 404


def test_contact_address_is_asked_if_sign_in_has_none(visitor: Client, city: City) -> None:
    sign_in(visitor, email="")  # as Facebook may
    market = begin(visitor, city)
    assert market.contact_email is None
    page = visitor.get(section(market, "merchant") + "?check").content.decode()
    assert "Enter an e-mail address." in page
    assert Market.get(*market.key).version == 1
