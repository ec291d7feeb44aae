"""Use Cognito's hosted pages by HTTP, as a browser without scripts does."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests
from django.http import HttpResponse
from django.test import Client

from tests.account import Login


class Form(HTMLParser):
    """The first form of a page: where it goes, and what it sends already."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = values.get("action", "")
        elif tag == "input" and "name" in values:
            self.fields[values["name"]] = values.get("value", "")


def answer_hosted_page(address: str, person: Login) -> str:
    """Send e-mail address and password to the hosted page; return where it redirects."""
    browser = requests.Session()
    page = browser.get(address, timeout=10)
    assert page.status_code == 200, page.text
    form = Form(page.text)
    answer = browser.post(
        urljoin(page.url, form.action),
        data={**form.fields, "username": person.email, "password": person.password},
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def path_of(address: str) -> str:
    """Return an address of the site as a test client wants it."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def sign_in(client: Client, person: Login, app_client: str) -> HttpResponse:
    """Sign in from a sign-in address of the site; return the callback's response."""
    begun = client.get(app_client)
    assert begun.status_code == 302
    answer = client.get(path_of(answer_hosted_page(begun["Location"], person)))
    assert isinstance(answer, HttpResponse)
    return answer
