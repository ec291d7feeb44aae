"""The forms of the site with a text in them: how each is sent, and what it stores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.test import Client

from approvals.reply_templates.models import ReplyTemplate
from approvals.review.models import Note
from core.actors import Actor
from markets.accounts.models import MerchantProfile
from markets.cities.models import City
from markets.history.queries import history_of
from markets.models import Market
from tests import factories
from tests.clients import sign_in
from tests.markets.applications.pages import ENTERED, hidden


@dataclass
class Scene:
    """A city with an application, its merchant and an officer, both signed in."""

    city: City
    owner: Actor
    merchant: Client
    officer: Client
    market: Market

    @property
    def own(self) -> str:
        return f"/markets/{self.market.market_id}/"

    @property
    def review(self) -> str:
        return f"/city-hall/{self.city.slug}/markets/{self.market.user_id}/{self.market.market_id}/"

    def now(self) -> Market:
        return Market.get(*self.market.key, consistent_read=True)


def new_scene(*, draft: bool = False) -> Scene:
    city, owner = factories.make_city(), factories.merchant()
    merchant, officer = Client(), Client()
    sign_in(merchant, sub=owner.id)
    sign_in(officer, cities=[city.slug])
    make = factories.draft if draft else factories.submitted
    return Scene(city, owner, merchant, officer, make(owner, city))


@dataclass(frozen=True)
class Form:
    """A form: where it is sent by whom, what fills it in, its texts, and what it has stored."""

    path: Callable[[Scene], str]
    fields: Callable[[Scene], Mapping[str, str]]
    texts: tuple[str, ...]
    stored: Callable[[Scene, str], Any]
    by_officer: bool = False
    draft: bool = False

    def send(self, scene: Scene, **values: Any) -> Any:
        client = scene.officer if self.by_officer else scene.merchant
        return client.post(self.path(scene), {**self.fields(scene), **values})


def section(slug: str, *texts: str) -> Form:
    return Form(
        path=lambda scene: f"{scene.own}{slug}/",
        fields=lambda scene: hidden(scene.merchant.get(f"{scene.own}{slug}/").text) | ENTERED[slug],
        texts=texts,
        stored=lambda scene, name: getattr(scene.now(), name),
        draft=True,
    )


def _decision_text(scene: Scene, name: str) -> str | None:
    market = scene.now()
    if name == "text":
        return market.decision_text or history_of(market)[-1].text
    return market.change_requests[0].message


def decision(action: str, *texts: str, **values: str) -> Form:
    return Form(
        path=lambda scene: f"{scene.review}{action}/",
        fields=lambda scene: {"expected_version": str(scene.now().version), **values},
        texts=texts,
        stored=_decision_text,
        by_officer=True,
    )


def _newest_template(scene: Scene, name: str) -> Any:
    (template,) = ReplyTemplate.query(scene.city.slug, consistent_read=True)
    return getattr(template, name)


def _newest_note(scene: Scene, _name: str) -> str:
    (note,) = Note.query(scene.market.market_id, consistent_read=True)
    return str(note.text)


def _profile(scene: Scene, name: str) -> Any:
    return getattr(MerchantProfile.get(scene.owner.id, consistent_read=True), name)


FORMS: Mapping[str, Form] = {
    "the market": section("market", "name"),
    "the goods": section("goods", "description", "average_price"),
    "the stall": section("stall", "frontage_m", "power_kw"),
    "the merchant": section("merchant", "legal_name", "contact_email", "phone"),
    "the profile": Form(
        path=lambda _: "/account/",
        fields=lambda scene: hidden(scene.merchant.get("/account/").text) | ENTERED["merchant"],
        texts=("legal_name", "contact_email", "phone"),
        stored=_profile,
    ),
    "an approval": decision("approve", "text"),
    "a rejection": decision("reject", "text", reason_code="no_space"),
    "a request": decision("request-changes", "text", "ask_name", ask_name="Shorter, please."),
    "a note": Form(
        path=lambda scene: f"{scene.review}notes/",
        fields=lambda _: {"note_id": str(uuid4())},
        texts=("text",),
        stored=_newest_note,
        by_officer=True,
    ),
    "a reply template": Form(
        path=lambda scene: f"/city-hall/{scene.city.slug}/reply-templates/add/",
        fields=lambda _: {
            "template_id": str(uuid4()),
            "language": "en",
            "occasion": "reject",
            "title": "No space",
            "text": "There is no space.",
        },
        texts=("title", "text"),
        stored=_newest_template,
        by_officer=True,
    ),
}
