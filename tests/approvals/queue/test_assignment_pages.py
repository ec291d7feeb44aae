"""The way through the city hall's pages: the view that an officer works in stays with them."""

from datetime import timedelta

import pytest
from django.test import Client

from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from tests import factories
from tests.account import SessionAccount, make_person
from tests.clients import sign_in
from tests.identity.sessions.cookies import age, cookie_of, put_cookie
from tests.identity.sign_in.hosted_pages import sign_in as sign_in_at_door

VIEW = "?category=sweets"


def desk(market: Market) -> str:
    return f"/city-hall/{market.city}/markets/{market.user_id}/{market.market_id}/"


@pytest.fixture
def sweets(city: City) -> list[Market]:
    """Three markets of one category, and between them one of another."""
    maria, made = factories.merchant(), []
    for turn, category in enumerate(["sweets", "sweets", "crafts", "sweets"]):
        with clock.freeze(clock.now() - timedelta(days=9 - turn)):
            made.append(factories.submitted(maria, city, category=category))
    return [market for market in made if market.category == "sweets"]


def test_a_decision_leads_to_the_next_of_the_same_view(
    officer: Client, city: City, sweets: list[Market]
) -> None:
    first, second, third = sweets
    answer = officer.post(desk(first) + f"approve/{VIEW}", {"expected_version": "2"})
    assert answer.headers["Location"] == desk(second) + VIEW
    refusal = {"expected_version": "2", "reason_code": "no_space", "text": "All is let."}
    answer = officer.post(desk(second) + f"reject/{VIEW}", refusal)
    assert answer.headers["Location"] == desk(third) + VIEW
    answer = officer.post(desk(third) + f"approve/{VIEW}", {"expected_version": "2"})
    assert answer.headers["Location"] == f"/city-hall/{city.slug}/{VIEW}"


def test_a_review_shows_its_place_in_the_view(
    officer: Client, city: City, sweets: list[Market]
) -> None:
    page = officer.get(desk(sweets[1]) + VIEW).content.decode()
    assert "2 / 3" in page
    for neighbour in (sweets[0], sweets[2]):
        assert f'href="{desk(neighbour)}{VIEW}"' in page
    assert f'action="{desk(sweets[1])}approve/{VIEW}"' in page
    assert f'href="/city-hall/{city.slug}/{VIEW}"' in page
    assert "3 / 4" not in page
    assert "other applications" in page


@pytest.mark.parametrize(
    "query", ["?next=https://evil.example/", "?status=//evil.example&category=%22%3E%3Cscript%3E"]
)
def test_an_address_leads_nowhere_else(officer: Client, sweets: list[Market], query: str) -> None:
    page = officer.get(desk(sweets[1]) + query).content.decode()
    assert "evil.example" not in page
    assert "<script>" not in page
    answer = officer.post(desk(sweets[1]) + f"approve/{query}", {"expected_version": "2"})
    assert answer.headers["Location"].startswith("/city-hall/")
    assert "evil" not in answer.headers["Location"]


def test_the_queue_keeps_its_view_from_page_to_page(officer: Client, city: City) -> None:
    for _ in range(26):
        factories.submitted(factories.merchant(), city, category="sweets")
    page = officer.get(f"/city-hall/{city.slug}/{VIEW}").content.decode()
    assert page.count('name="pick"') == 25
    (following,) = [part for part in page.split('"') if "cursor=" in part]
    assert following.startswith(VIEW)
    rest = officer.get(f"/city-hall/{city.slug}/" + following.replace("&amp;", "&"))
    assert rest.content.decode().count('name="pick"') == 1
    assert officer.get(f"/city-hall/{city.slug}/?cursor=forged").status_code == 404


def test_overdue_is_said_in_words(officer: Client, maria: Actor) -> None:
    city = factories.make_city(
        opens=(clock.now().date() - timedelta(days=60)).isoformat(), decision_days=7
    )
    client = Client()
    sign_in(client, cities=[city.slug])
    with clock.freeze(clock.now() - timedelta(days=9)):
        factories.submitted(maria, city)
    page = client.get(f"/city-hall/{city.slug}/").content.decode()
    assert "9 days" in page
    assert "Overdue: due" in page
    assert "within 7 days" in page


def test_taking_a_market_and_giving_it_away(
    officer: Client, city: City, sweets: list[Market]
) -> None:
    colleague = sign_in(Client(), cities=[city.slug], name="Radu Pop", email="radu@example.com")
    path = desk(sweets[0])
    assert "Radu Pop (radu@example.com)" in officer.get(path).content.decode()
    answer = officer.post(
        f"{path}assign/{VIEW}", {"expected_version": "2", "assignee": colleague.sub}
    )
    assert answer.headers["Location"] == path + VIEW
    assert "is now with Radu Pop." in officer.get(path + VIEW).content.decode()
    assert "Radu Pop" in officer.get(f"/city-hall/{city.slug}/").content.decode()
    for sent in ({"expected_version": "1", "assignee": ""}, {"assignee": ""}, {}):
        officer.post(f"{path}assign/", sent)
        assert "was not changed" in officer.get(path).content.decode()
    officer.post(f"{path}assign/", {"expected_version": "2", "assignee": "made-up"})
    assert "Nobody of this city hall" in officer.get(path).content.decode()


def test_photos_in_large_lead_to_each_other(officer: Client, city: City, maria: Actor) -> None:
    market = factories.submitted(maria, city)
    page = officer.get(f"{desk(market)}photos/1/{VIEW}").content.decode()
    assert market.photos[0].key in page
    assert f'href="{desk(market)}{VIEW}"' in page
    for number in ("0", "2", "99999999999"):
        assert officer.get(f"{desk(market)}photos/{number}/").status_code == 404


def test_who_has_lost_the_city_finds_no_desk(account: SessionAccount, city: City) -> None:
    """At the latest once what is believed of them is five minutes old, for pages and forms."""
    market = factories.submitted(factories.merchant(), city)
    officer, client = make_person(city.slug), Client()
    sign_in_at_door(client, officer, "/city-hall/sign-in/")
    copy = Client()
    put_cookie(copy, cookie_of(client))
    account.operator.cognito.admin_remove_user_from_group(
        UserPoolId=account.pool, Username=officer.email, GroupName=f"city-hall:{city.slug}"
    )
    age(client, 301)
    for path in (f"/city-hall/{city.slug}/", desk(market), f"{desk(market)}photos/1/"):
        assert client.get(path).status_code == 404
    # Another browser's cookie is still believed for reading; what it sends never is.
    for path in ("approve/", "assign/"):
        sent = {"expected_version": "2", "assignee": officer.sub}
        assert copy.post(desk(market) + path, sent).status_code == 404
    saved = Market.get(*market.key, consistent_read=True)
    assert saved.version == 2
    assert saved.assignee is None
