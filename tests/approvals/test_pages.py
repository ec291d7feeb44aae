import pytest
from django.test import Client

from core.actors import Actor
from markets.cities.models import City
from markets.models import Status
from markets.operations import revise_market
from markets.queries import get_market
from tests import factories
from tests.approvals.pages import review_path
from tests.clients import sign_in


def test_queue_links_to_review(officer: Client, maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    assert officer.get("/city-hall/").headers["Location"] == f"/city-hall/{city.slug}/"
    page = officer.get(f"/city-hall/{city.slug}/").content.decode()
    assert market.reference in page
    assert review_path(market) in page
    assert "Carved spoons" in officer.get(review_path(market)).content.decode()


def test_approval_publishes_stall_in_programme(
    officer: Client, visitor: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    programme = f"/cities/{city.slug}/"
    assert market.name not in visitor.get(programme).content.decode()
    response = officer.post(review_path(market) + "approve/", {"expected_version": "2"})
    assert response.headers["Location"] == f"/city-hall/{city.slug}/"
    assert get_market(maria, market.key).status == Status.APPROVED
    page = visitor.get(programme).content.decode()
    assert market.name in page
    assert market.photos[0].key in page
    assert market.user_id not in page
    assert "merchant@example.com" not in page


def test_merchant_sees_reason_of_rejection(
    officer: Client, merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    answer = {"expected_version": "2", "reason_code": "no_space", "text": "All is let."}
    officer.post(review_path(market) + "reject/", answer)
    page = merchant.get(f"/markets/{market.market_id}/").content.decode()
    assert "No space left in this category" in page
    assert "All is let." in page


@pytest.mark.parametrize(
    ("field", "message"),
    [("reason_code", "Choose a reason."), ("text", "Write the text to the merchant.")],
)
def test_incomplete_rejection_is_refused_and_keeps_input(
    officer: Client, maria: Actor, city: City, field: str, message: str
) -> None:
    market = factories.submitted(maria, city)
    answer = {"expected_version": "2", "reason_code": "no_space", "text": "All is let."}
    response = officer.post(review_path(market) + "reject/", answer | {field: ""})
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count(message) == 2
    assert "All is let." in page or field == "text"
    assert get_market(maria, market.key).status == Status.SUBMITTED


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_decision_on_changed_application_shows_changes(
    officer: Client, maria: Actor, city: City, decision: str
) -> None:
    market = factories.submitted(maria, city)
    revise_market(
        maria,
        market.key,
        expected_version=2,
        details={"description": "Carved spoons\nFireworks"},
    )
    answer = {"expected_version": "2", "reason_code": "no_space", "text": "All is let."}
    response = officer.post(review_path(market) + f"{decision}/", answer)
    page = response.content.decode()
    assert response.status_code == 409
    assert "changed since you opened it" in page
    assert "Beeswax candles" in page
    assert "Fireworks" in page
    assert "All is let." in page  # the entered text is not lost
    assert get_market(maria, market.key).status == Status.SUBMITTED


@pytest.mark.parametrize("version", ["", "x", "0", "-1", None])
def test_decision_without_valid_version_is_refused(
    officer: Client, maria: Actor, city: City, version: str | None
) -> None:
    market = factories.submitted(maria, city)
    data = {} if version is None else {"expected_version": version}
    assert officer.post(review_path(market) + "approve/", data).status_code == 409
    assert get_market(maria, market.key).status == Status.SUBMITTED


def test_officer_of_other_city_gets_404(officer: Client, maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    elsewhere = factories.make_city()
    other = Client()
    sign_in(other, cities=[elsewhere.slug])
    for url in (review_path(market), f"/city-hall/{city.slug}/"):
        assert other.get(url).status_code == 404
    for decision in ("approve/", "reject/"):
        answer = {"expected_version": "2", "reason_code": "other", "text": "No."}
        assert other.post(review_path(market) + decision, answer).status_code == 404
    # Nor by a URL of their own city.
    detour = review_path(market).replace(city.slug, elsewhere.slug)
    assert other.get(detour).status_code == 404
    assert get_market(maria, market.key).version == 2


def test_merchant_cannot_open_city_hall_pages(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    assert merchant.get(review_path(market)).status_code == 404
    assert merchant.get("/city-hall/").status_code == 403
    assert (
        merchant.post(review_path(market) + "approve/", {"expected_version": "2"}).status_code
        == 404
    )


def test_officer_of_two_cities_chooses_city() -> None:
    one, two = factories.make_city(), factories.make_city()
    client = Client()
    sign_in(client, cities=[one.slug, two.slug])
    page = client.get("/city-hall/").content.decode()
    assert one.name in page
    assert two.name in page


def test_unknown_status_shows_submitted_applications(officer: Client, city: City) -> None:
    for status in ("draft", "nonsense", ""):
        assert officer.get(f"/city-hall/{city.slug}/?status={status}").status_code == 200


def test_unregistered_city_is_not_found(visitor: Client) -> None:
    assert visitor.get("/cities/atlantis/").status_code == 404
