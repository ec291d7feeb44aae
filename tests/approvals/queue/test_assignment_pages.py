"""The queue's filter stays in the URLs of the city hall's pages; assignments by page."""

from datetime import timedelta

import pytest
from django.test import Client

from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from tests import factories
from tests.account import SessionAccount, make_person
from tests.approvals.pages import review_path
from tests.clients import sign_in
from tests.identity.sessions.cookies import age, cookie_of, put_cookie
from tests.identity.sign_in.hosted_pages import sign_in as sign_in_at_hosted_pages

VIEW = "?category=sweets"


@pytest.fixture
def sweets(city: City) -> list[Market]:
    """Three applications of one category, and between them one of another."""
    maria, made = factories.merchant(), []
    for turn, category in enumerate(["sweets", "sweets", "crafts", "sweets"]):
        with clock.freeze(clock.now() - timedelta(days=9 - turn)):
            made.append(factories.submitted(maria, city, category=category))
    return [market for market in made if market.category == "sweets"]


def test_decision_redirects_to_next_in_filtered_queue(
    officer: Client, city: City, sweets: list[Market]
) -> None:
    first, second, third = sweets
    answer = officer.post(review_path(first) + f"approve/{VIEW}", {"expected_version": "2"})
    assert answer.headers["Location"] == review_path(second) + VIEW
    refusal = {"expected_version": "2", "reason_code": "no_space", "text": "All is let."}
    answer = officer.post(review_path(second) + f"reject/{VIEW}", refusal)
    assert answer.headers["Location"] == review_path(third) + VIEW
    answer = officer.post(review_path(third) + f"approve/{VIEW}", {"expected_version": "2"})
    assert answer.headers["Location"] == f"/city-hall/{city.slug}/{VIEW}"


def test_review_shows_position_in_filtered_queue(
    officer: Client, city: City, sweets: list[Market]
) -> None:
    page = officer.get(review_path(sweets[1]) + VIEW).content.decode()
    assert "2 / 3" in page
    for neighbour in (sweets[0], sweets[2]):
        assert f'href="{review_path(neighbour)}{VIEW}"' in page
    assert f'action="{review_path(sweets[1])}approve/{VIEW}"' in page
    assert f'href="/city-hall/{city.slug}/{VIEW}"' in page
    assert "3 / 4" not in page
    assert "other applications" in page


@pytest.mark.parametrize(
    "query", ["?next=https://evil.example/", "?status=//evil.example&category=%22%3E%3Cscript%3E"]
)
def test_query_string_cannot_redirect_to_other_site(
    officer: Client, sweets: list[Market], query: str
) -> None:
    page = officer.get(review_path(sweets[1]) + query).content.decode()
    assert "evil.example" not in page
    assert "<script>" not in page
    answer = officer.post(review_path(sweets[1]) + f"approve/{query}", {"expected_version": "2"})
    assert answer.headers["Location"].startswith("/city-hall/")
    assert "evil" not in answer.headers["Location"]


def test_next_page_of_queue_keeps_filter(officer: Client, city: City) -> None:
    for _ in range(26):
        factories.submitted(factories.merchant(), city, category="sweets")
    page = officer.get(f"/city-hall/{city.slug}/{VIEW}").content.decode()
    assert page.count('name="selected"') == 25
    (following,) = [part for part in page.split('"') if "cursor=" in part]
    assert following.startswith(VIEW)
    rest = officer.get(f"/city-hall/{city.slug}/" + following.replace("&amp;", "&"))
    assert rest.content.decode().count('name="selected"') == 1
    assert officer.get(f"/city-hall/{city.slug}/?cursor=forged").status_code == 404


def test_queue_shows_overdue_applications(officer: Client, maria: Actor) -> None:
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


def test_application_is_assigned_to_colleague(
    officer: Client, city: City, sweets: list[Market]
) -> None:
    colleague = sign_in(Client(), cities=[city.slug], name="Radu Pop", email="radu@example.com")
    path = review_path(sweets[0])
    assert "Radu Pop (radu@example.com)" in officer.get(path).content.decode()
    answer = officer.post(
        f"{path}assign/{VIEW}", {"expected_version": "2", "assignee": colleague.sub}
    )
    assert answer.headers["Location"] == path + VIEW
    assert "is now assigned to Radu Pop." in officer.get(path + VIEW).content.decode()
    assert "Radu Pop" in officer.get(f"/city-hall/{city.slug}/").content.decode()
    for sent in ({"expected_version": "1", "assignee": ""}, {"assignee": ""}, {}):
        officer.post(f"{path}assign/", sent)
        assert "was not changed" in officer.get(path).content.decode()
    officer.post(f"{path}assign/", {"expected_version": "2", "assignee": "made-up"})
    assert "not an officer of this city hall" in officer.get(path).content.decode()


def test_photo_page_links_back_to_review(officer: Client, city: City, maria: Actor) -> None:
    market = factories.submitted(maria, city)
    page = officer.get(f"{review_path(market)}photos/1/{VIEW}").content.decode()
    assert market.photos[0].key in page
    assert f'href="{review_path(market)}{VIEW}"' in page
    for number in ("0", "2", "99999999999"):
        assert officer.get(f"{review_path(market)}photos/{number}/").status_code == 404


def test_officer_removed_from_city_gets_404(account: SessionAccount, city: City) -> None:
    """For pages within five minutes, for forms at once."""
    market = factories.submitted(factories.merchant(), city)
    officer, client = make_person(city.slug), Client()
    sign_in_at_hosted_pages(client, officer, "/city-hall/sign-in/")
    copy = Client()
    put_cookie(copy, cookie_of(client))
    account.operator.cognito.admin_remove_user_from_group(
        UserPoolId=account.pool, Username=officer.email, GroupName=f"city-hall:{city.slug}"
    )
    age(client, 301)
    for path in (
        f"/city-hall/{city.slug}/",
        review_path(market),
        f"{review_path(market)}photos/1/",
    ):
        assert client.get(path).status_code == 404
    # Another browser's cookie can still read for a while, but send nothing.
    for path in ("approve/", "assign/"):
        sent = {"expected_version": "2", "assignee": officer.sub}
        assert copy.post(review_path(market) + path, sent).status_code == 404
    saved = Market.get(*market.key, consistent_read=True)
    assert saved.version == 2
    assert saved.assignee is None
