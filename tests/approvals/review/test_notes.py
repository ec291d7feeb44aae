"""Private notes: colleagues read them, the merchant never does."""

from uuid import uuid4

import pytest
from django.test import Client

from approvals.review.notes import add_note, notes_on
from core.actors import Actor
from core.errors import InvalidDetails, NotFound
from markets.cities.models import City
from markets.models import Market
from markets.privacy.erasure import erase_person
from tests import factories
from tests.approvals.pages import page, review_path
from tests.clients import sign_in


def test_officers_of_city_read_notes(officer: Client, city: City, market: Market) -> None:
    data = {"note_id": str(uuid4()), "text": "Called them: the\nlicence is there."}
    for _ in range(2):  # a double click makes one
        assert officer.post(review_path(market) + "notes/", data).status_code == 302
    colleague = Client()
    sign_in(colleague, cities=[city.slug])
    shown = page(colleague, review_path(market))
    assert shown.count("Called them") == 1
    assert "Test Person" in shown


@pytest.mark.parametrize("text", ["", "  ", "x" * 2_001])
def test_invalid_note_is_refused(officer: Client, city: City, market: Market, text: str) -> None:
    data = {"note_id": str(uuid4()), "text": text}
    assert officer.post(review_path(market) + "notes/", data).status_code == 422
    with pytest.raises(InvalidDetails):
        add_note(
            factories.officer(city.slug), city.slug, market.key, note_id=str(uuid4()), text=text
        )
    assert notes_on(market) == []


def test_only_officers_of_city_write_notes(maria: Actor, city: City, market: Market) -> None:
    elsewhere = factories.make_city()
    for actor in (
        maria,
        factories.officer(elsewhere.slug),
        factories.OPERATOR,
        Actor.visitor(),
    ):
        with pytest.raises(NotFound):
            add_note(actor, city.slug, market.key, note_id=str(uuid4()), text="Hello")
    with pytest.raises(NotFound):
        add_note(
            factories.officer(elsewhere.slug),
            elsewhere.slug,
            market.key,
            note_id=str(uuid4()),
            text="Hello",
        )
    assert notes_on(market) == []


def test_note_is_not_overwritten(city: City, market: Market) -> None:
    officer, note_id = factories.officer(city.slug), str(uuid4())
    first = add_note(officer, city.slug, market.key, note_id=note_id, text="First.")
    with pytest.raises(Exception, match="saved already"):
        add_note(officer, city.slug, market.key, note_id=note_id, text="Second.")
    assert [note.text for note in notes_on(market)] == [first.text]


def test_merchant_pages_show_no_note(
    officer: Client, merchant: Client, maria: Actor, market: Market
) -> None:
    """Follows all links of the merchant's pages, from the list of applications."""
    # pragma: allowlist nextline secret
    secret = "They seem nervous."
    officer.post(review_path(market) + "notes/", {"note_id": str(uuid4()), "text": secret})
    assert secret in page(officer, review_path(market))
    seen, ahead = set[str](), ["/markets/", f"/markets/{market.market_id}/"]
    while ahead:
        path = ahead.pop()
        seen.add(path)
        response = merchant.get(path)
        if response.status_code != 200:
            continue
        body = b"".join(response) if response.streaming else response.content
        text = body.decode(errors="replace")
        assert secret not in text
        links = {part.split('"')[0].split("#")[0] for part in text.split('href="')[1:]}
        ahead += [link for link in links if link.startswith("/markets/") and link not in seen]
    assert len(seen) > 3


def test_note_on_erased_application_stays_in_form(
    officer: Client, maria: Actor, market: Market
) -> None:
    list(erase_person(maria, maria.id))
    data = {"note_id": str(uuid4()), "text": "Called them."}
    answer = officer.post(review_path(market) + "notes/", data)
    assert answer.status_code == 422
    assert "is erased" in answer.text
    assert "Called them." in answer.text
    assert notes_on(market) == []
