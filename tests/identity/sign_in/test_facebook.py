"""Sign-in with Facebook through the pool."""

from collections.abc import Generator
from urllib.parse import urljoin

import pytest
import requests
from django.test import Client

from tests.account import SessionAccount
from tests.facebook import stand_in
from tests.identity.sessions.cookies import age, person_in
from tests.identity.sign_in.hosted_pages import path_of


@pytest.fixture(scope="module")
def facebook(account: SessionAccount) -> Generator[None]:
    with stand_in(account):
        yield


def callback(client: Client, answer: dict[str, str]) -> str:
    """Authorize at Facebook; return the callback to which the browser is redirected."""
    browser = requests.Session()
    question = browser.get(client.get("/sign-in/?with=facebook")["Location"], timeout=10)
    assert question.status_code == 200, question.text
    to_pool = browser.post(question.url, data=answer, allow_redirects=False, timeout=10)
    assert to_pool.status_code == 302, to_pool.text
    to_site = browser.get(
        urljoin(question.url, to_pool.headers["Location"]), allow_redirects=False, timeout=10
    )
    assert to_site.status_code == 302, to_site.text
    return path_of(to_site.headers["Location"])


@pytest.mark.usefixtures("facebook")
@pytest.mark.parametrize(
    ("person", "email", "name"),
    [
        ("facebook-sofia", "sofia@example.com", "Sofia Radu"),
        ("facebook-tudor", "", "Tudor Dinu"),
    ],
)
def test_facebook_user_signs_in_with_or_without_email(
    client: Client, person: str, email: str, name: str
) -> None:
    assert client.get(callback(client, {"sub": person})).status_code == 302
    before = person_in(client)
    assert (before["email"], before["name"], before["cities"]) == (email, name, [])
    age(client, 301)
    assert client.post("/closed/").json()["id"] == before["sub"]
    after = person_in(client)
    assert after == before | {"verified_at": after["verified_at"]}


@pytest.mark.usefixtures("facebook")
def test_facebook_user_has_same_sub_at_each_sign_in(client: Client) -> None:
    client.get(callback(client, {"sub": "facebook-sofia"}))
    other = Client()
    other.get(callback(other, {"sub": "facebook-sofia"}))
    assert person_in(other)["sub"] == person_in(client)["sub"]
