"""The list of a person's sessions; they are ended one by one or all at once."""

import pytest
from django.conf import settings as site
from django.test import Client

from identity import cognito, encryption
from identity.app_clients import APP_CLIENTS
from identity.sessions.devices import describe
from identity.sessions.models import Session
from tests.account import Login, make_person
from tests.clients import sign_in as sign_in_directly
from tests.identity.sessions.cookies import age_cookie, cookie_of, record_of
from tests.identity.sign_in.hosted_pages import sign_in

PAGE = "/sessions/"
STALE = 301  # seconds
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36"
)
EDGE = f"{CHROME} Edg/140.0.0.0"


@pytest.fixture
def person() -> Login:
    return make_person("brasov", name="Olga")


@pytest.fixture
def laptop(person: Login) -> Client:
    client = Client(headers={"user-agent": FIREFOX})
    sign_in(client, person, "/city-hall/sign-in/")
    return client


@pytest.fixture
def phone(person: Login) -> Client:
    client = Client(headers={"user-agent": SAFARI})
    sign_in(client, person, "/sign-in/?with=email")
    return client


@pytest.mark.parametrize(("browser", "home"), [("laptop", "/city-hall/"), ("phone", "/markets/")])
def test_sign_in_page_names_signed_in_person(
    request: pytest.FixtureRequest, client: Client, browser: str, home: str
) -> None:
    assert "already signed in" not in client.get("/sign-in/").text
    page = request.getfixturevalue(browser).get("/sign-in/").text
    assert "You are already signed in as Olga" in page
    assert f'href="{home}"' in page


def record(client: Client) -> Session:
    found = record_of(client)
    assert found is not None
    return found


def assert_writes_nothing(client: Client) -> None:
    assert client.post("/closed/").status_code == 403


def assert_reads_nothing_soon(client: Client) -> None:
    age_cookie(client, STALE)
    assert client.get("/closed/").status_code == 302


def test_page_lists_only_own_sessions(laptop: Client, phone: Client) -> None:
    other = Client()
    sign_in_directly(other)
    page = laptop.get(PAGE)
    assert page.context["current"].id == record(laptop).id
    assert [session.id for session in page.context["others"]] == [record(phone).id]
    assert "Firefox on Windows" in page.text
    assert "Safari on iPhone" in page.text
    assert "City hall · this session" in page.text
    assert "no-store" in page["Cache-Control"]
    for client in (laptop, phone, other):
        assert record(client).id not in page.text
        assert record(client).refresh_token not in page.text


def test_header_links_to_session_list(laptop: Client) -> None:
    page = laptop.get("/signed-out/").text
    assert f'<a href="{PAGE}">Olga<span class="visually-hidden">' in page


def test_other_session_is_ended(laptop: Client, phone: Client) -> None:
    ended = record(phone)
    answer = laptop.post(PAGE, {"end": ended.handle}, follow=True)
    assert "The session is ended" in answer.text
    assert answer.context["others"] == []
    assert Session.current(ended.id) is None
    with pytest.raises(cognito.Refused):
        cognito.renew(APP_CLIENTS["merchants"], encryption.decrypt(ended.refresh_token))
    assert phone.get("/closed/").status_code == 200
    copy = Client()
    copy.cookies[site.SESSION_COOKIE_NAME] = cookie_of(phone)
    assert_writes_nothing(copy)
    assert_reads_nothing_soon(phone)
    assert laptop.post("/closed/").status_code == 200


def test_all_other_sessions_are_ended(laptop: Client, phone: Client, person: Login) -> None:
    third = Client()
    sign_in_directly(third, sub=person.sub)
    answer = laptop.post(PAGE, {"end": "others"}, follow=True)
    assert "2 sessions are ended" in answer.text
    assert_writes_nothing(phone)
    assert_writes_nothing(third)
    assert laptop.post("/closed/").status_code == 200


def test_all_sessions_are_ended(laptop: Client, phone: Client) -> None:
    answer = laptop.post(PAGE, {"end": "all"})
    assert answer["Location"] == APP_CLIENTS["officers"].sign_out_url
    assert cookie_of(laptop) == ""
    assert_writes_nothing(phone)
    assert_writes_nothing(laptop)


def test_ending_current_session_signs_out(laptop: Client, phone: Client) -> None:
    answer = laptop.post(PAGE, {"end": record(laptop).handle})
    assert answer["Location"] == APP_CLIENTS["officers"].sign_out_url
    assert cookie_of(laptop) == ""
    assert phone.post("/closed/").status_code == 200


@pytest.mark.parametrize("handle", ["", "made-up", "theirs"])
def test_session_of_other_person_cannot_be_ended(laptop: Client, handle: str) -> None:
    other = Client()
    sign_in_directly(other)
    answer = laptop.post(PAGE, {"end": handle.replace("theirs", record(other).handle)}, follow=True)
    assert "This session had ended already" in answer.text
    assert other.post("/closed/").status_code == 200
    assert laptop.post("/closed/").status_code == 200


def test_ending_sessions_needs_csrf_token(laptop: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies[site.SESSION_COOKIE_NAME] = cookie_of(laptop)
    assert strict.post(PAGE, {"end": "all"}).status_code == 403
    assert laptop.post("/closed/").status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on iPhone"),
        (CHROME, "Chrome on Linux"),
        (EDGE, "Edge on Linux"),
        ("curl/8.5.0", "A browser"),
        ("<script>alert(1)</script> Firefox/1", "Firefox"),
        ("", "A browser"),
    ],
)
def test_user_agents_have_readable_names(user_agent: str, device: str) -> None:
    assert describe(user_agent) == device
