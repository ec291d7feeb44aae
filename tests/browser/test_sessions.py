"""Sessions that end while a page is open: in a real browser."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from identity.officers import roles
from identity.sessions import operations as sessions
from markets.cities.models import City
from markets.models import Status
from tests import factories
from tests.account import SessionAccount, make_person
from tests.browser import steps
from tests.browser.conftest import Browse
from tests.browser.inspection import Inspect
from tests.clients import sign_in

OPERATOR = factories.OPERATOR


@pytest.mark.usefixtures("_operator_credentials")
def test_revoked_officer_cannot_use_open_review(
    browse: Browse, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = factories.submitted(factories.merchant(), city)
    officer = make_person(city.slug, name="Olga")
    page = browse()
    page.goto("/")
    steps.sign_in_at_city_hall(page, officer)
    page.goto(steps.review_url(market))
    roles.revoke_city(OPERATOR, email=officer.email)

    # What is open is still there, and nothing can be done with it.
    steps.press(page, "Approve")
    steps.expect_heading(page, "You are no longer signed in")
    assert steps.now(market).status == Status.SUBMITTED

    # That took the cookie. A copy of it can read for five minutes and not longer.
    copy = Client()
    sign_in(copy, sub=officer.sub, cities=[city.slug])
    other = browse(copy)
    other.goto(steps.review_url(market))
    steps.expect_heading(other, market.name or "")
    roles.revoke_city(OPERATOR, email=officer.email)
    other.reload()
    steps.expect_heading(other, market.name or "")
    monkeypatch.setattr(sessions, "TRUSTED_FOR", 0)
    other.reload()
    expect(other).not_to_have_url(steps.review_url(market))
    expect(other.get_by_text(market.description or "")).to_have_count(0)


@pytest.mark.usefixtures("_operator_credentials")
def test_unsaved_text_is_submitted_after_new_sign_in(
    browse: Browse, city: City, account: SessionAccount
) -> None:
    """An officer's long text to the merchant, and a session that ends meanwhile."""
    market = factories.submitted(factories.merchant(), city)
    officer = make_person(city.slug, name="Olga")
    page = browse()
    page.goto("/")
    steps.sign_in_at_city_hall(page, officer)
    page.goto(steps.review_url(market))
    page.get_by_text("Reject with a reason").click()
    steps.field(page, "Reason").select_option("No space left in this category")
    page.get_by_role("textbox", name="Text to the merchant").fill(
        "All stalls are let.\nPlease come again!"
    )
    roles.revoke_city(OPERATOR, email=officer.email)
    roles.grant_city(OPERATOR, city.slug, email=officer.email)
    steps.press(page, "Reject")
    steps.expect_heading(page, "You are no longer signed in")

    with page.context.expect_page() as opened:
        steps.follow(page, "1. Sign in, in a new tab")
    steps.answer_hosted_page(opened.value, officer)
    steps.expect_heading(opened.value, "You are signed in")
    opened.value.close()

    steps.press(page, "2. Then send it again")
    steps.press(page, "Send it again")
    expect(page.get_by_role("status")).to_contain_text("rejected. Undo")
    now = steps.now(market)
    assert (now.status, now.decision_text) == (
        Status.REJECTED,
        "All stalls are let.\nPlease come again!",
    )


def test_sessions_page_ends_other_sessions(browse: Browse, city: City) -> None:
    person = make_person(name="Maria Ionescu")
    laptop, phone = Client(), Client(headers={"user-agent": "iPhone Safari/1"})
    sign_in(laptop, sub=person.sub, name="Maria Ionescu")
    sign_in(phone, sub=person.sub, name="Maria Ionescu")
    page, other = browse(laptop), browse(phone, width=390)
    page.goto("/markets/")
    page.get_by_role("link", name="Maria Ionescu").click()
    steps.follow(page, "Where you are signed in")
    steps.expect_heading(page, "Where you are signed in")
    expect(page.get_by_role("row")).to_have_count(3)
    steps.press(page, "End all others")
    expect(page.get_by_role("status")).to_contain_text("The session is ended")
    expect(page.get_by_role("row")).to_have_count(2)
    other.goto("/sessions/")
    steps.expect_heading(other, "Where you are signed in")
    steps.press(other, "Sign out everywhere")
    steps.expect_heading(other, "You are no longer signed in")


def test_applications_are_transferred_to_other_account(browse: Browse, city: City) -> None:
    by_facebook, by_password = Client(), Client()
    maria = sign_in(by_facebook, name="Maria")
    sign_in(by_password, name="Maria")
    market = factories.submitted(maria.actor, city)
    source, target = browse(by_facebook, width=390), browse(by_password, width=390)
    source.goto("/account/transfer/")
    steps.press(source, "Create a code")
    code = source.locator(".code").inner_text()
    target.goto("/markets/")
    steps.follow(target, "Move your applications here")
    steps.field(target, "Code from your other account").fill("0000-0000-0000")
    steps.press(target, "See what will move")
    expect(target.get_by_role("alert")).to_contain_text("This code is not valid")
    steps.field(target, "Code from your other account").fill(code.lower())
    steps.press(target, "See what will move")
    expect(target.get_by_text(market.reference)).to_be_visible()
    steps.press(target, "Move them here")
    expect(target.get_by_role("status")).to_contain_text("1 application is in this account now")
    source.goto("/markets/")
    expect(source.get_by_text("You have not applied yet")).to_be_visible()


def test_session_and_transfer_pages_are_accessible(
    browse: Browse, city: City, inspect: Inspect
) -> None:
    """With axe, and on the narrowest screen."""
    client, other = Client(), Client()
    maria = sign_in(client, name="Maria Ionescu-Constantinescu")
    sign_in(other, sub=maria.sub)
    factories.submitted(maria.actor, city)
    page = browse(client)
    page.goto("/sessions/")
    inspect(page, "sessions")
    page.goto("/account/transfer/")
    inspect(page, "moving")
    steps.press(page, "Create a code")
    inspect(page, "a code")
    code = page.locator(".code").inner_text()
    another = Client()
    sign_in(another)
    page = browse(another)
    for entered, state in (("wrong", "a wrong code"), (code, "what will move")):
        page.goto("/account/transfer/")
        steps.field(page, "Code from your other account").fill(entered)
        steps.press(page, "See what will move")
        inspect(page, state)
    page.goto("/signed-in/")
    inspect(page, "signed in")
    page.goto("/sessions/")
    for session in list(sessions.list_sessions(maria.sub)):
        session.delete()
    page = browse(client)
    page.goto("/sessions/")
    steps.press(page, "Sign out everywhere")
    inspect(page, "form to send again")
